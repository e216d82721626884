"""Time against the SLA: from the decision until the rollback is verified; waiting at gates is counted apart."""

from __future__ import annotations

from collections.abc import Iterable

from rollback_gov.execution.clock import Clock, parse_stamp
from rollback_gov.execution.itinerary import Leg
from rollback_gov.model.duration import Duration
from rollback_gov.model.record import Record


class Stopwatch(Record, kw_only=False):
    """Seconds since the decision. Wall time bridges processes, the steady clock measures within this one."""

    clock: Clock
    before: float
    """Seconds between the decision and the start of this process."""
    began: float

    @classmethod
    def since(cls, decided_at: str, clock: Clock) -> Stopwatch:
        """Start from the time of the decision (UTC)."""
        before = (clock.now() - parse_stamp(decided_at)).total_seconds()
        return cls(clock, max(before, 0.0), clock.monotonic())

    @property
    def elapsed(self) -> float:
        """Seconds since the decision."""
        return self.before + self.clock.monotonic() - self.began


def projected(elapsed: float, to_come: Iterable[Leg], verification: float) -> float:
    """Give the expected duration: what has passed, and the budgets of what is to come."""
    return elapsed + sum(leg.budget_seconds for leg in to_come) + verification


def human(seconds: float) -> str:
    """Write seconds for people: ``12.3s`` below a minute, ``4m30s`` above."""
    return f"{seconds:.1f}s" if seconds < 60 else str(Duration(round(seconds) * 1000))
