"""Which plans were rehearsed, how long ago, and which never."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from rollback_gov.model.record import Record
from rollback_gov.reports.fact import NotMeasured
from rollback_gov.reports.log import moment

Readiness = Literal["never rehearsed", "unreadable", "too old", "not enough", "rehearsed", "not asked for"]
ORDER: tuple[Readiness, ...] = (
    "never rehearsed",
    "unreadable",
    "too old",
    "not enough",
    "rehearsed",
    "not asked for",
)
"""From what needs somebody now to what needs nobody."""


class PlanState(Record):
    """A plan of the repository today. Times are UTC; ``latest`` is empty without a rehearsal.

    ``missing`` says in sentences what the rehearsals leave open. ``seconds`` and ``limit`` are those of the latest
    rehearsal, 0 where there is none.
    """

    file: str
    operation: str
    title: str
    level: int
    owner: str
    services: tuple[str, ...]
    state: Readiness
    latest: str = ""
    fresh_until: str = ""
    seconds: float = 0.0
    limit: float = 0.0
    missing: tuple[str, ...] = ()

    def aged(self, now: datetime) -> float | NotMeasured:
        """How much of the time for which the latest rehearsal counts is over, as a share; above 1 it is too old."""
        then, until = moment(self.latest), moment(self.fresh_until)
        if isinstance(then, NotMeasured) or isinstance(until, NotMeasured) or until <= then:
            return NotMeasured("no rehearsal that counts for a time")
        return max(0.0, (now - then) / (until - then))


def by_need(plans: Iterable[PlanState]) -> tuple[PlanState, ...]:
    """Sort plans: who was never rehearsed first, the strictest level first, then the oldest rehearsal."""
    return tuple(sorted(plans, key=lambda plan: (ORDER.index(plan.state), -plan.level, plan.latest, plan.operation)))
