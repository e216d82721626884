"""What the issue of a run says: how it stands, where permit, plan, run and report are, and the report itself."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from rollback_gov.commands.repository import repository_name
from rollback_gov.git import Git, GitError
from rollback_gov.github.incident_issue import IssueText
from rollback_gov.github.job import job_url
from rollback_gov.github.labels import COLOURS
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.model.record import Record
from rollback_gov.records.statement import read, records
from rollback_gov.records.verdict import PERMITS
from rollback_gov.reports.escape import cell, code
from rollback_gov.reports.fact import NotMeasured
from rollback_gov.reports.incident import Incident

_COMMIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


class Place(Record):
    """Where the plan lies: its file, its repository's page on the web (empty: on none), and what asks git."""

    plan: Path
    page: str
    environ: Mapping[str, str]


def place_of(facts: Incident, environ: Mapping[str, str]) -> Place:
    """Find the plan's repository by its remote, and its page by the job or by the remote."""
    plan = Path(facts.identity.plan_file)
    host, _, path = repository_name(plan.parent).partition("/")
    server = environ.get("GITHUB_SERVER_URL", "").rstrip("/")
    server = server if server.endswith(f"//{host}") else f"https://{host}"
    page = f"{server}/{quote(path)}" if "." in host and path.count("/") == 1 else ""
    return Place(plan=plan, page=page, environ=environ)


def issue_text(facts: Incident, report: str, place: Place, *, stands: str = "") -> IssueText:
    """Write the issue. ``stands`` says how a run stands that goes on; otherwise its outcome does."""
    run = facts.identity
    stands = stands or facts.standing.outcome
    links = {
        "Stands": cell(stands),
        "Plan": _file(place, place.plan, run.git_commit),
        "Permit": _permit(facts, place),
        "Run": _run(run.run, place),
        "Report": _report(run.run, place),
    }
    rows = "\n".join(f"| {name} | {value} |" for name, value in links.items() if value)
    return IssueText(
        run=run.run,
        title=f"Rollback of {run.operation} in {run.environment}: {stands}",
        body=f"| | |\n|---|---|\n{rows}\n\n{report}",
        labels=tuple(_labels(facts)),
    )


def _labels(facts: Incident) -> list[str]:
    severity = "" if isinstance(facts.severity, NotMeasured) else f"severity: {facts.severity.value}"
    met = facts.sla.met
    breached = any(one.scope == "total" for one in facts.breaches) or (
        not isinstance(met, NotMeasured) and not met.value
    )
    return [label for label in (severity, "sla: breached" if breached else "") if label in COLOURS]


def _file(place: Place, file: Path, commit: str) -> str:
    """Link to a file as a commit has it, where it has it; else only name it."""
    git = Git(file.parent, place.environ)
    if not _COMMIT.fullmatch(commit):
        return code(file.name)
    try:
        root = git.ask("rev-parse", "--show-toplevel")
        path = Path(os.path.relpath(os.path.realpath(file), os.path.realpath(root))).as_posix()
        git.run("cat-file", "-e", f"{commit}:{path}")
    except (GitError, OSError):
        return code(file.name)
    shown = f"{code(path)} at {code(commit[:12])}"
    return f"[{shown}]({place.page}/blob/{commit}/{quote(path)})" if place.page else shown


def _permit(facts: Incident, place: Place) -> str:
    permit = facts.permission.permit
    if not permit:
        return "none" if not isinstance(facts.permission.allowed, NotMeasured) else ""
    for file in records(place.plan.parent / PERMITS):
        with suppress(RollbackGovError):
            if read(file).sha256 == permit:
                return f"{code(permit[:12])}, {_file(place, file, facts.identity.git_commit)}"
    return code(permit[:12])


def _run(run: str, place: Place) -> str:
    page = job_url(place.environ)
    return f"[{code(run)}]({page})" if page else code(run)


def _report(run: str, place: Place) -> str:
    folder = code(f"incidents/{run}/incident_report.md")
    page = job_url(place.environ)
    return f"below, and {folder} in the [artefacts of the run]({page}#artifacts)" if page else f"below, and {folder}"
