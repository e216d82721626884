"""What an auditor takes away: the entries of a span of time, and the whole pack of one operation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from shutil import copy2

from rollback_gov.commands.audit import Trail
from rollback_gov.commands.judge import Demands
from rollback_gov.commands.operation_plan import find_plan
from rollback_gov.commands.policy import checked_policy
from rollback_gov.commands.settings import FOLDER as SETTINGS
from rollback_gov.commands.validate import Governance, Scope, validate
from rollback_gov.commands.waivers import load_waivers
from rollback_gov.commands.workspace import Workspace
from rollback_gov.execution.journal import FILE as JOURNAL
from rollback_gov.execution.journal import JournalError, read_journal
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record
from rollback_gov.outputs.cells import row
from rollback_gov.outputs.registry import Manner, writer
from rollback_gov.plans.files import EVIDENCE
from rollback_gov.plans.load import LoadedPlan
from rollback_gov.records.approvals import FOLDER as APPROVALS
from rollback_gov.records.audit.entry import Entry, Head
from rollback_gov.records.times import moment
from rollback_gov.records.verdict import PERMITS

COLUMNS = ("number", "at", "event", "operation", "by", "data", "id", "digest")
Numbered = tuple[Entry, Head]


class Span(Record):
    """Which entries: from a time on, up to a time (UTC, both inclusive), about one operation or any."""

    since: datetime | None = None
    until: datetime | None = None
    operation: str = ""

    def holds(self, entry: Entry) -> bool:
        """Tell whether an entry is asked for."""
        at = moment(entry.at)
        in_time = (self.since is None or at >= self.since) and (self.until is None or at <= self.until)
        return in_time and self.operation in ("", entry.operation)


def population(trail: Trail, span: Span, *, offline: bool) -> Iterator[Numbered]:
    """Give every entry of a span. The whole chain is checked on the way. Raises LogError, RecordError."""
    return (numbered for numbered in trail.entries(offline=offline) if span.holds(numbered[0]))


def as_csv(rows: Iterable[Numbered]) -> Iterator[str]:
    """Write entries as CSV, a row at a time."""
    yield row(COLUMNS)
    for entry, head in rows:
        data = json.dumps(entry.data, ensure_ascii=False)
        yield row((head.size, entry.at, entry.event, entry.operation, entry.by, data, entry.id, head.digest))


def as_json(rows: Iterable[Numbered]) -> Iterator[str]:
    """Write entries as one JSON array, an entry a line."""
    separator = "[\n"
    for entry, head in rows:
        document = {"number": head.size, **entry.document, "digest": head.digest}
        yield separator + json.dumps(document, ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def write_pack(trail: Trail, workspace: Workspace, span: Span, folder: Path, now: datetime) -> list[str]:
    """Write everything about an operation into a new folder, with the sha256 of each file, and give the files' names.

    The entries of the log; the plan with what it uses, its evidence, approvals, permits and their uses; its findings
    of today; what decided about it (policy, trust, waivers, revocations, emergencies); and each run with its journal
    and reports. Raises UsageError, LogError, RecordError.
    """
    plan = find_plan(workspace, span.operation)
    try:
        folder.mkdir(parents=True)
        _write(folder / "audit.json", as_json(population(trail, span, offline=False)))
        _copy_plan(plan, folder / "plan")
        _copy(workspace.root / SETTINGS, folder / "settings")
        for run in _runs(workspace.root / "incidents", span.operation):
            _copy(run, folder / "runs" / run.name)
        (folder / "findings.json").write_text(_findings(workspace, plan, now), encoding="utf-8")
        return _manifest(folder)
    except FileExistsError as error:
        raise UsageError(f"{folder} is there already.", hint="Name a folder that does not exist.") from error
    except OSError as error:
        raise UsageError(f"Cannot write the pack into {folder}: {error.strerror}.") from error


def _findings(workspace: Workspace, plan: LoadedPlan, now: datetime) -> str:
    demands = Demands(policy=checked_policy(workspace), trust=lambda: workspace.trust, now=now)
    out, parts = writer("json", Manner(now=now)), list[str]()
    scope = Scope(root=workspace.root, working_directory=workspace.root, paths=(plan.path,))
    waivers = Governance(waivers=load_waivers(workspace.files))
    summary = validate(scope, demands, lambda checked: parts.append(out.plan(checked)), governance=waivers)
    return "".join((*parts, out.end(summary)))


def _runs(incidents: Path, operation: str) -> Iterator[Path]:
    """Find the runs of an operation. One whose journal cannot be read belongs to whatever its name says."""
    for journal in sorted(incidents.glob(f"*/{JOURNAL}")):
        try:
            of = str(read_journal(journal)[0].data.get("operation", ""))
        except (JournalError, IndexError):
            of = operation if journal.parent.name.startswith(f"{operation}-") else ""
        if of == operation:
            yield journal.parent


def _copy_plan(plan: LoadedPlan, target: Path) -> None:
    """Copy the plan, what it uses and its records. What else lies beside it is nobody's business: it may be a key."""
    for name in (plan.path.name, *plan.require().uses):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        copy2(plan.folder / name, target / name)
    for name in (EVIDENCE, APPROVALS, PERMITS):
        _copy(plan.folder / name, target / name)


def _copy(source: Path, target: Path) -> None:
    """Copy plain files. Names that begin with a dot hold a run's private state; links may lead anywhere."""
    for path in sorted(source.rglob("*")):
        inside = path.relative_to(source)
        if path.is_file() and not path.is_symlink() and not any(part.startswith(".") for part in inside.parts):
            (target / inside).parent.mkdir(parents=True, exist_ok=True)
            copy2(path, target / inside)


def _write(path: Path, parts: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(parts)


def _manifest(folder: Path) -> list[str]:
    """Write the digest of each file, as ``sha256sum --check`` reads it."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    return names
