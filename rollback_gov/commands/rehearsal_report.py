"""Writing the report of a rehearsal, out of its signed record or out of its journal."""

from __future__ import annotations

from pathlib import Path

from rollback_gov.commands.report import TEMPLATES, read_text, replace_document
from rollback_gov.commands.runs import find_run
from rollback_gov.commands.workspace import Workspace
from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.execution.saving import digest_of
from rollback_gov.model.errors import UsageError
from rollback_gov.model.evidence import Evidence, StoredEvidence
from rollback_gov.records.errors import RecordError
from rollback_gov.records.evidence import load_evidence, unreadable_evidence
from rollback_gov.records.rehearsal import evidence_from_journal
from rollback_gov.records.statement import SUFFIX
from rollback_gov.reports.keep import keep_written, sealed
from rollback_gov.reports.markdown import REHEARSAL
from rollback_gov.reports.rehearsal_report import rehearsal_markdown


def write_rehearsal(subject: str, incidents: Path, out: Path | None = None) -> tuple[Path, str]:
    """Write the report of ``subject``, a run or a file of evidence; gives it and what people are to know.

    Beside the journal it is ``rehearsal_report.md``, beside evidence it has the name of the record. Raises UsageError
    for a run that was no rehearsal and for a file that is no evidence.
    """
    if subject.endswith(SUFFIX):
        path = Path(subject)
        stored = _stored(path)
        evidence, place = stored.evidence, path.with_name(path.name.removesuffix(SUFFIX) + ".md")
    else:
        path = find_run(incidents, subject)
        stored, evidence, place = None, rehearsed(path), path / REHEARSAL.file
    place = out or place
    rendered = rehearsal_markdown(evidence, stored, Workspace.around(path).root.joinpath(*TEMPLATES))
    old = read_text(place)
    told = replace_document(place, old, sealed(keep_written(old, rendered.text)), retry=f"rehearsal {subject}")
    return place, " ".join(filter(None, [rendered.problem, *told]))


def _stored(path: Path) -> StoredEvidence:
    """Find the record where evidence lies: in a folder beside its plan."""
    folder, trust = path.resolve().parent.parent, Workspace.around(path).trust
    for stored in load_evidence(folder, trust):
        if Path(stored.file).resolve() == path.resolve():
            return stored
    reasons = [item.reason for item in unreadable_evidence(folder, trust) if Path(item.file).name == path.name]
    raise UsageError(
        f"{path} is no evidence of a rehearsal{f': {reasons[0]}' if reasons else '.'}",
        hint="Evidence lies in the folder `evidence` beside its plan; `rollback-gov rehearse` writes it.",
    )


def rehearsed(folder: Path) -> Evidence:
    """Read the journal of a rehearsal as evidence. Raises UsageError for a run that was none, or has not ended."""
    try:
        return evidence_from_journal(read_journal(folder / FILE), digest_of(folder / FILE))
    except RecordError as error:
        raise UsageError(f"{folder.name} has no rehearsal report: {error}") from error
