"""How runs stand: one, or all of them."""

from __future__ import annotations

from pathlib import Path

from rollback_gov.commands.runs import REGIONS, find_run
from rollback_gov.execution.glance import DAMAGED, NOT_STARTED, Glance, glance
from rollback_gov.execution.journal import FILE, JournalError
from rollback_gov.model.errors import Refused


def look(run: str, incidents: Path, *, unfinished: bool = False) -> Glance:
    """Look at one run; with ``unfinished``, ``latest`` is the latest that has not ended.

    Raises UsageError for a run that does not exist, JournalError for a damaged journal, Refused for one that never
    started a run.
    """
    seen = glance(find_run(incidents, run, unfinished=unfinished))
    if seen.state == DAMAGED:
        raise JournalError(
            seen.problem, hint="Compare the file with a copy; a run cannot go on from a changed journal."
        )
    if seen.state == NOT_STARTED:
        raise Refused(f"The run in {seen.folder} never started; there is nothing to go on with.")
    return seen


def all_runs(incidents: Path) -> tuple[Glance, ...]:
    """Look at every run and every region of one, the newest first.

    A damaged journal is one of them, never an error of the rest.
    """
    journals = [*incidents.glob(f"*/{FILE}"), *incidents.glob(f"*/{REGIONS}/*/{FILE}")]
    runs = [glance(path.parent, briefly=True) for path in journals]
    return tuple(sorted(runs, key=lambda seen: (seen.at or _modified(seen.folder), seen.run), reverse=True))


def regions_of(seen: Glance) -> tuple[Glance, ...]:
    """Look at the regions of a run that have begun; none where it has no regions."""
    return tuple(glance(path.parent) for path in sorted((seen.folder / REGIONS).glob(f"*/{FILE}")))


def _modified(folder: Path) -> str:
    """When something was last written, for a journal that does not say."""
    from datetime import UTC, datetime

    from rollback_gov.execution.clock import stamp

    try:
        return stamp(datetime.fromtimestamp((folder / FILE).stat().st_mtime, UTC))
    except OSError:
        return ""
