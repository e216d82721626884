"""What the plans allowed each phase, and what it took."""

from __future__ import annotations

from collections.abc import Iterable

from rollback_gov.model.record import Record
from rollback_gov.reports.dashboard.figures import Measure, Share, known, number, spread
from rollback_gov.reports.dashboard.timed import Seen
from rollback_gov.reports.fact import NotMeasured
from rollback_gov.reports.phases import PhaseFact, last_ways


class Estimate(Record):
    """A phase of a plan. ``budget`` (seconds) is that of the latest run; ``kept`` is of the runs that ended it."""

    operation: str
    phase: str
    budget: float | NotMeasured
    actual: Measure
    kept: Share

    @property
    def excess(self) -> float:
        """The middle time as a share of the budget; 0 where one of them is not known."""
        if isinstance(self.budget, NotMeasured) or isinstance(self.actual, NotMeasured) or not self.budget:
            return 0.0
        return self.actual.middle / self.budget


def estimates(runs: Iterable[Seen]) -> tuple[Estimate, ...]:
    """Give every phase that ended at least once, the one that exceeds its budget most first. ``runs``: oldest first."""
    found: dict[tuple[str, str], list[PhaseFact]] = {}
    for run in runs:
        for part in run.regions or (run,):
            for phase in last_ways(part.facts.phases):
                found.setdefault((part.facts.identity.operation, phase.path), []).append(phase)
    rows = [_estimate(operation, group) for (operation, _), group in found.items()]
    measured = [row for row in rows if not isinstance(row.actual, NotMeasured)]
    return tuple(sorted(measured, key=lambda row: (-row.excess, row.operation, row.phase)))


def _estimate(operation: str, group: list[PhaseFact]) -> Estimate:
    judged = [phase.within_budget.value for phase in group if not isinstance(phase.within_budget, NotMeasured)]
    return Estimate(
        operation=operation,
        phase=group[-1].title,
        budget=number(group[-1].budget),
        actual=spread(known([number(phase.seconds) for phase in group]), "no run has ended it"),
        kept=Share(sum(judged), len(judged)),
    )
