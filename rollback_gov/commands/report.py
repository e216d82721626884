"""Writing a run's documents from its journal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from rollback_gov.commands.watch_log import read_log
from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.model.errors import UsageError
from rollback_gov.reports.failure_record import failure_record
from rollback_gov.reports.incident import Incident, incident
from rollback_gov.reports.keep import keep_written
from rollback_gov.reports.markdown import incident_markdown
from rollback_gov.reports.record import incident_record

REPORT = "incident_report.md"
RECORD = "incident.json"
FAILURE = "failure_record.json"


def write_incident(folder: Path, out: Path | None = None) -> tuple[Path, Path]:
    """Write the incident report and its record; gives both paths. What people wrote in the report stays.

    Raises JournalError for a damaged journal, UsageError for one that never started a run or a place that cannot be
    written.
    """
    events = read_journal(folder / FILE)
    facts = incident(events, read_log(folder))
    report, record = out or folder / REPORT, folder / RECORD
    text = incident_markdown(facts, events)
    document = json.dumps(incident_record(facts), indent=2, ensure_ascii=False) + "\n"
    try:
        if report.exists():
            text = keep_written(report.read_text(encoding="utf-8", errors="surrogateescape"), text)
        _write(report, text, errors="surrogateescape")
        _write(record, document, errors="backslashreplace")
        if facts.standing.outcome == "failed":
            _write_failure(folder / FAILURE, facts)
    except OSError as error:
        place = error.filename or report
        raise UsageError(
            f"Cannot write the report to {place}: {error.strerror}.",
            hint=f"The journal is whole. Try again with: rollback-gov report incident {folder} --out FILE",
        ) from error
    return report, record


def _write_failure(path: Path, facts: Incident) -> None:
    """Write the failure record; what people wrote into it stays, and a file that is no record is not touched."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (ValueError, RecursionError):
        return
    document = json.dumps(failure_record(facts, kept if isinstance(kept, dict) else {}), indent=2, ensure_ascii=False)
    _write(path, document + "\n", errors="backslashreplace")


def publish_incident(folder: Path, repository: str, environ: Mapping[str, str], out: Path | None = None) -> str:
    """Open or update the one issue of a run in a GitHub repository; gives its address.

    The report is written first (to ``out``, where people may have written into it), so that the issue says what the
    file says. Raises UsageError for what GitHub refuses.
    """
    from rollback_gov.commands.incident_issue import issue_text, place_of
    from rollback_gov.github.connection import connect
    from rollback_gov.github.incident_issue import publish

    report, _ = write_incident(folder, out)
    facts = incident(read_journal(folder / FILE), read_log(folder))
    said = report.read_text(encoding="utf-8", errors="replace")
    text = issue_text(facts, said, place_of(facts, environ))
    with connect(environ, needs="issues: write") as connection:
        return publish(connection, repository, text)


def _write(path: Path, text: str, *, errors: str) -> None:
    """Replace the file in one move: a reader sees the old one or the new one. What is no text stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(text.encode("utf-8", errors))
    part.replace(path)
