"""Month by month: how many rollbacks, and how many of them missed their SLA."""

from __future__ import annotations

from collections.abc import Sequence

from rollback_gov.model.record import Record
from rollback_gov.reports.dashboard.timed import Timed

MOST = 36


class Month(Record):
    """``month`` is YEAR-MONTH. ``others`` had no SLA, or have not ended."""

    month: str
    kept: int
    missed: int
    others: int

    @property
    def all(self) -> int:
        """All of the month."""
        return self.kept + self.missed + self.others


def months(clocks: Sequence[Timed]) -> tuple[Month, ...]:
    """Count the clocks of every month up to the last one, those without any included; at most three years of them."""
    groups: dict[str, list[Timed]] = {}
    for clock in clocks:
        if clock.decided:
            groups.setdefault(clock.decided[:7], []).append(clock)
    if not groups:
        return ()
    return tuple(_month(name, groups.get(name, [])) for name in _every(min(groups), max(groups)))


def _month(name: str, clocks: Sequence[Timed]) -> Month:
    kept = sum(clock.met is True for clock in clocks)
    missed = sum(clock.met is False for clock in clocks)
    return Month(month=name, kept=kept, missed=missed, others=len(clocks) - kept - missed)


def _every(first: str, last: str) -> list[str]:
    begin, end = max(_number(first), _number(last) - MOST + 1), _number(last)
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(begin, end + 1)]


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7]) - 1
