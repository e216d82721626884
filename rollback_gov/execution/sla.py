"""Time against the SLA: from the decision until the rollback is verified; waiting at gates is counted apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rollback_gov.execution.clock import Clock, parse_stamp, seconds_since
from rollback_gov.execution.itinerary import Leg
from rollback_gov.model.duration import Duration
from rollback_gov.model.event import Event
from rollback_gov.model.record import Record


class Stopwatch(Record, kw_only=False):
    """Seconds since the decision. The steady clock measures, wall time only bridges machines and their restarts."""

    clock: Clock
    before: float
    """Seconds between the decision and the start of this process."""
    began: float

    @classmethod
    def of(cls, events: Sequence[Event], clock: Clock) -> Stopwatch:
        """Give the watch of a run that goes on, from its journal."""
        started = next(event for event in events if event.type == "run.started")
        first = (parse_stamp(started.at) - parse_stamp(started.data["decided_at"])).total_seconds()
        return cls(clock, max(first, 0.0) + seconds_since(started, events, clock), clock.monotonic())

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
