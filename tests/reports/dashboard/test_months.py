from __future__ import annotations

from typing import Any

from rollback_gov.reports.dashboard.months import MOST, Month, months
from rollback_gov.reports.dashboard.timed import Timed, timed
from tests.reports.dashboard.seen import late, seen


def clock(decided: str, seconds: float = 800, **start: Any) -> Timed:
    (found,) = timed(seen(late(seconds, decided_at=decided, **start)))
    return found


def test_every_month_from_the_first_to_the_last() -> None:
    clocks = [
        clock("2025-11-30T23:59:59Z"),
        clock("2026-02-01T00:00:00Z", 1000),
        clock("2026-02-02T00:00:00Z", sla_seconds=0),
    ]
    assert months(clocks) == (
        Month(month="2025-11", kept=1, missed=0, others=0),
        Month(month="2025-12", kept=0, missed=0, others=0),
        Month(month="2026-01", kept=0, missed=0, others=0),
        Month(month="2026-02", kept=0, missed=1, others=1),
    )
    assert months(clocks)[-1].all == 2


def test_a_clock_that_was_wrong_does_not_make_a_thousand_years() -> None:
    found = months([clock("0001-01-01T00:00:00Z"), clock("2026-02-01T00:00:00Z")])
    assert (len(found), found[-1].month, found[0].month) == (MOST, "2026-02", "2023-03")


def test_without_a_time_there_is_no_month() -> None:
    assert months([clock("")]) == ()
