"""The runs of a repository, read for whoever looks over many of them: metrics, the dashboard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rollback_gov.commands.report import RECORD, read_text
from rollback_gov.commands.runs import REGIONS
from rollback_gov.commands.watch_log import read_log
from rollback_gov.execution.chain import is_chained, read_bytes, whole_lines
from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.model.errors import RollbackGovError, UsageError
from rollback_gov.model.record import Record
from rollback_gov.plans.schema import fast_validator
from rollback_gov.reports.actions import actions
from rollback_gov.reports.incident import incident
from rollback_gov.reports.keep import parts
from rollback_gov.reports.markdown import OF_A_RUN
from rollback_gov.reports.record import incident_record
from rollback_gov.reports.review import ACTION_PARTS
from rollback_gov.reports.run_facts import AcceptedAction, RunFacts, StoredRun, facts_in, facts_of

__all__ = ["AcceptedAction", "RunRecords", "StoredRun", "UnreadableRun", "accepted_actions", "read_runs"]

_ENDED = b'"type":"run.finished"'


class UnreadableRun(Record):
    """A folder of a run that cannot be read, and why."""

    folder: Path
    reason: str


class RunRecords(Record):
    """All runs of a folder, the oldest first, and those that cannot be read."""

    found: tuple[StoredRun, ...]
    unreadable: tuple[UnreadableRun, ...]


def read_runs(incidents: Path) -> RunRecords:
    """Read every run below a folder. Never raises for a run: one that cannot be read is a value.

    What a run's ``incident.json`` says is taken where it was written after the end of the run; else its journal is
    folded. The chain of the journal is checked in any case. A folder without a journal counts by its record.
    """
    broken: list[UnreadableRun] = []
    found = [run for folder in _folders(incidents) if (run := _run(folder, broken))]
    return RunRecords(found=tuple(sorted(found, key=_age)), unreadable=tuple(broken))


def accepted_actions(run: StoredRun) -> tuple[AcceptedAction, ...]:
    """Read what people accepted in the documents of a run and of its regions and did not do yet, each action once.

    Accepted is what names who does it, or until when; else it is a proposal, or a prompt.

    Raises UsageError for a document that cannot be read.
    """
    seen: dict[tuple[str, str, str], AcceptedAction] = {}
    for place in (run.folder, *(region.folder for region in run.regions)):
        for document in OF_A_RUN:
            path = place / document.file
            written = parts(read_text(path))
            for action in (found for name in sorted(ACTION_PARTS & written.keys()) for found in actions(written[name])):
                if action.owner or action.due:
                    entry = AcceptedAction(
                        run=run.facts.identity.run, text=action.text, owner=action.owner, due=action.due, file=path
                    )
                    seen.setdefault((action.text, action.owner, action.due), entry)
    return tuple(seen.values())


def _folders(incidents: Path) -> list[Path]:
    return sorted({path.parent for name in (FILE, RECORD) for path in incidents.glob(f"*/{name}")})


def _age(run: StoredRun) -> tuple[str, str]:
    decided = run.facts.times.decided
    return getattr(decided, "value", ""), run.folder.name


def _run(folder: Path, broken: list[UnreadableRun]) -> StoredRun | None:
    """Read one run and its regions; what cannot be read goes to ``broken``."""
    try:
        facts = _facts(folder)
    except RollbackGovError as error:
        broken.append(UnreadableRun(folder=folder, reason=str(error)))
        return None
    except (LookupError, TypeError, AttributeError, ValueError, OSError) as error:
        broken.append(UnreadableRun(folder=folder, reason=f"{folder / FILE}: {_said(error)}"))
        return None
    if facts is None:
        return None
    places = _folders(folder / REGIONS) if facts.regions else []
    return StoredRun(folder=folder, facts=facts, regions=tuple(run for place in places if (run := _run(place, broken))))


def _said(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"it cannot be read: {error.strerror}."
    return f"an event does not say what its type promises ({error})."


def _facts(folder: Path) -> RunFacts | None:
    """Give the facts of a run; None where none began. Raises RollbackGovError for a damaged or unreadable journal."""
    record = _record(folder / RECORD)
    if not (folder / FILE).exists():
        if record is None:
            raise UsageError(f"{folder / RECORD} is no record of a run, and there is no journal beside it.")
        return facts_in(record)
    lines = whole_lines(read_bytes(folder / FILE))
    if record is not None and is_chained(lines) and _is_of_its_end(record, lines):
        return facts_in(record)
    events = read_journal(folder / FILE)
    if not any(event.type == "run.started" for event in events):
        return None
    whole = incident(events, read_log(folder))
    if not _is_record(incident_record(whole)):
        raise UsageError(f"{folder / FILE}: an event does not say what its type promises.")
    return facts_of(whole)


def _record(path: Path) -> dict[str, Any] | None:
    """Read a run's record; None where there is none that fits its schema."""
    try:
        record = json.loads(read_bytes(path))
    except (OSError, ValueError, RecursionError):
        return None
    return record if _is_record(record) else None


def _is_record(document: Any) -> bool:
    try:
        return bool(fast_validator("incident-v1").is_valid(document))
    except ValueError:  # it is nested too deeply, or holds a number that is none
        return False


def _is_of_its_end(record: Mapping[str, Any], lines: bytes) -> bool:
    """Tell whether a record was written when its run had ended: it names the time of the last end in the journal."""
    start = lines.rfind(_ENDED)
    if start < 0:
        return False
    event = lines[lines.rfind(b"\n", 0, start) + 1 : start]
    finished = record["times"]["finished"]["value"] or "none"
    return b'"at":"%b"' % finished.encode("utf-8", "replace") in event
