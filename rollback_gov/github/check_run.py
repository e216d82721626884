"""A check run with all findings as annotations: created, then updated with fifty at a time.

PyGithub's own class for it cannot read a run whose ``check_suite`` is null, which GitHub's description allows, so the
documents are taken as they come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rollback_gov.github.connection import explained
from rollback_gov.github.writing import Document, Writing
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record

NEEDS = "checks: write"
BATCH = 50
"""GitHub takes no more in one request."""


class CheckRun(Record):
    """What it says. ``external_id`` tells this job's check run from that of another under the same name."""

    name: str
    head_sha: str
    external_id: str
    conclusion: str
    title: str
    summary: str
    annotations: Sequence[Mapping[str, Any]]
    details_url: str = ""


class Published(Record):
    """Where it is, how many of the annotations it has, and why not all of them (empty: it has)."""

    address: str
    annotations: int
    trouble: str = ""


def publish(writing: Writing, repository: str, run: CheckRun) -> Published:
    """Write the check run. Raises UsageError where GitHub does not let us create it.

    It is completed from the beginning: a job that dies in between leaves nothing that is pending for ever.
    """
    batches = [run.annotations[at : at + BATCH] for at in range(0, len(run.annotations), BATCH)] or [()]
    with explained(NEEDS):
        made = _create(writing, repository, run, batches[0])
    place, sent = f"/repos/{repository}/check-runs/{made['id']}", len(batches[0])
    address = str(made.get("html_url") or "")
    for batch in batches[1:]:
        if writing.is_late:
            return Published(address=address, annotations=sent, trouble="All of them would take too long.")
        try:
            with explained(NEEDS):
                _add(writing, place, run, batch, sent + len(batch))
        except UsageError as error:
            return Published(address=address, annotations=sent, trouble=str(error))
        sent += len(batch)
    return Published(address=address, annotations=sent)


def _create(writing: Writing, repository: str, run: CheckRun, batch: Sequence[Mapping[str, Any]]) -> Document:
    where = f"/repos/{repository}/commits/{run.head_sha}/check-runs"

    def look() -> Document | None:
        there = writing.get(where, check_name=run.name, per_page="100")["check_runs"]
        return next((one for one in there if one.get("external_id") == run.external_id), None)

    body = {
        "name": run.name,
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "status": "completed",
        "conclusion": run.conclusion,
        "output": _output(run, batch),
        **({"details_url": run.details_url} if run.details_url else {}),
    }
    return writing.send("POST", f"/repos/{repository}/check-runs", body, look)


def _add(writing: Writing, place: str, run: CheckRun, batch: Sequence[Mapping[str, Any]], then: int) -> None:
    """Add annotations. The same ones sent twice would stand there twice, so their number is looked at first."""

    def look() -> Document | None:
        there: Document = writing.get(place)
        return there if there["output"]["annotations_count"] >= then else None

    writing.send("PATCH", place, {"output": _output(run, batch)}, look)


def _output(run: CheckRun, batch: Sequence[Mapping[str, Any]]) -> Document:
    return {"title": run.title, "summary": run.summary, "annotations": [dict(one) for one in batch]}
