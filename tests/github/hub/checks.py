"""Check runs with their annotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.github.hub.repositories import address
from tests.github.hub.state import Answer, Call, Hub, Page, RefusalError, Repository, answers

LONGEST_SUMMARY = 65_535
LONGEST_MESSAGE = 64 * 1024
LONGEST_TITLE = 255


@dataclass
class CheckRun:
    """A check run. Annotations are added by each request that brings any, and never taken away."""

    id: int
    name: str
    head_sha: str
    external_id: str = ""
    status: str = "queued"
    conclusion: str = ""
    title: str = ""
    summary: str = ""
    annotations: list[Mapping[str, Any]] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    """How many annotations each request brought."""


def _document(hub: Hub, repository: Repository, one: CheckRun) -> dict[str, Any]:
    place = f"{address(hub, repository)}/check-runs/{one.id}"
    return {
        "id": one.id,
        "name": one.name,
        "head_sha": one.head_sha,
        "external_id": one.external_id,
        "status": one.status,
        "conclusion": one.conclusion or None,
        "check_suite": None,
        "url": place,
        "html_url": f"https://github.test/{repository.full_name}/runs/{one.id}",
        "output": {
            "title": one.title,
            "summary": one.summary,
            "text": None,
            "annotations_count": len(one.annotations),
            "annotations_url": f"{place}/annotations",
        },
    }


def _take(one: CheckRun, body: Mapping[str, Any]) -> None:
    """Take over what was sent, and refuse what is forbidden in prose only."""
    if body.get("status") == "completed" and not body.get("conclusion"):
        raise RefusalError(422, "conclusion is required when status is completed")
    output = body.get("output", {})
    for note in output.get("annotations", ()):
        _check_annotation(note)
    if len(output.get("summary", "").encode()) > LONGEST_SUMMARY:
        raise RefusalError(422, "Only 65535 characters are allowed; summary is too long")
    for name in ("status", "conclusion", "external_id"):
        setattr(one, name, body.get(name, getattr(one, name)))
    if body.get("conclusion"):
        one.status = "completed"
    one.title, one.summary = output.get("title", one.title), output.get("summary", one.summary)
    one.annotations += output.get("annotations", ())
    one.requests.append(len(output.get("annotations", ())))


def _check_annotation(note: Mapping[str, Any]) -> None:
    columns = {"start_column", "end_column"} & set(note)
    if columns and note["start_line"] != note["end_line"]:
        raise RefusalError(422, "columns are allowed only on one line")
    if len(note["message"].encode()) > LONGEST_MESSAGE or len(note.get("title", "")) > LONGEST_TITLE:
        raise RefusalError(422, "the annotation is too long")
    if note["start_line"] < 1 or note["end_line"] < note["start_line"] or not note["message"]:
        raise RefusalError(422, "the annotation is no annotation")


def _one(hub: Hub, call: Call) -> CheckRun:
    number = int(call.values["check_run_id"])
    for one in hub.found(call).check_runs:
        if one.id == number:
            return one
    raise RefusalError(404, "Not Found")


@answers("checks/create")
def create(hub: Hub, call: Call) -> Answer:
    """Create one. The same name under the same commit is another one."""
    repository = hub.found(call)
    hub.demand("checks")
    one = CheckRun(len(repository.check_runs) + 1, call.body["name"], call.body["head_sha"])
    _take(one, call.body)
    repository.check_runs.append(one)
    return 201, _document(hub, repository, one)


@answers("checks/update")
def update(hub: Hub, call: Call) -> Answer:
    """Change one."""
    one = _one(hub, call)
    hub.demand("checks")
    _take(one, call.body)
    return 200, _document(hub, hub.found(call), one)


@answers("checks/get")
def get(hub: Hub, call: Call) -> Answer:
    """Give one."""
    return 200, _document(hub, hub.found(call), _one(hub, call))


@answers("checks/list-for-ref")
def of_commit(hub: Hub, call: Call) -> Answer:
    """Give those of a commit, the newest first, by name where one was named."""
    repository, name = hub.found(call), call.query.get("check_name", "")
    found = [one for one in repository.check_runs if one.head_sha == call.values["ref"] and name in ("", one.name)]
    return 200, Page([_document(hub, repository, one) for one in reversed(found)], "check_runs")
