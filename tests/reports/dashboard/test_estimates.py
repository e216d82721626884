from __future__ import annotations

import pytest

from rollback_gov.reports.dashboard.estimates import estimates
from rollback_gov.reports.dashboard.figures import Share, Spread
from rollback_gov.reports.fact import NotMeasured
from tests.reports import journals
from tests.reports.dashboard.seen import golden, late, seen


def test_the_phase_that_exceeds_its_budget_most_comes_first() -> None:
    runs = [seen(late(phase=300)), seen(late(phase=200)), seen(late(phase=90, operation="op-8"))]
    first, second = estimates(runs)
    assert (first.operation, first.phase, first.budget) == ("op-7", "Database rollback", 180)
    assert first.actual == Spread(n=2, middle=250, ninth=300, most=300)
    assert (first.kept, second.kept) == (Share(0, 2), Share(1, 1))
    assert first.excess == pytest.approx(250 / 180)
    assert second.excess == 0.5


def test_the_budget_is_that_of_the_latest_run() -> None:
    (row,) = estimates([seen(late(budget=180)), seen(late(budget=600))])
    assert row.budget == 600


def test_each_region_is_a_run_of_its_phases() -> None:
    rows = {row.phase: row for row in estimates([golden("regional")])}
    drain = rows["Drain the region"].actual
    assert isinstance(drain, Spread)
    assert drain.n == 3


def test_phases_that_no_run_has_ended_are_left_out_and_those_without_a_budget_exceed_nothing() -> None:
    assert estimates([seen(journals.Story().start())]) == ()
    (row,) = estimates([seen(late(budget=0))])
    assert isinstance(row.budget, NotMeasured)
    assert (row.excess, row.kept.whole) == (0.0, 0)
