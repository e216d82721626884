"""How a run ended, for whoever began it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.execution.answers import RunResult
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.people import Contact
from rollback_gov.model.plan import Window
from rollback_gov.model.record import Record

if TYPE_CHECKING:
    from rollback_gov.execution.regions.lanes import Lane


class RunSummary(Record):
    """A run that has ended: its id, its folder, its report, and how it went."""

    run: str
    folder: Path
    report: Path
    result: RunResult
    windows: tuple[Window, ...] = ()
    """What is to be watched now that the change is rolled back."""
    lanes: tuple[Lane, ...] = ()
    """One a region, where several were rolled back."""
    evidence: tuple[tuple[Path, str], ...] = ()
    """What a rehearsal that went on has proved: the file, and its result."""

    contacts: tuple[Contact, ...] = ()
    """Whom to call now, after a rollback that failed."""

    @property
    def sla_met(self) -> bool:
        """Verified within the SLA; of several regions, each within its own."""
        if self.lanes:
            return self.result.result == "passed" and all(lane.sla_met for lane in self.lanes)
        return self.result.sla_met

    @property
    def exit_code(self) -> ExitCode:
        """0 for a rollback that passed, 5 for one that failed, and for a rehearsal that proved nothing."""
        results = {self.result.result, *(result for _, result in self.evidence)}
        return ExitCode.PASSED if results == {"passed"} else ExitCode.ROLLBACK_FAILED
