from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rollback_gov.reports.dashboard.readiness import ORDER, PlanState, by_need
from rollback_gov.reports.fact import NotMeasured
from tests.reports.dashboard.seen import NOW

NEW_YEAR = "2026-01-01T00:00:00Z"
PLAN = PlanState(
    file="rollback/op-7/plan.yaml", operation="op-7", title="API", level=2, owner="api", services=(), state="rehearsed"
)


def test_who_needs_somebody_comes_first() -> None:
    states = [replace(PLAN, state=state) for state in reversed(ORDER)]
    assert [plan.state for plan in by_need(states)] == list(ORDER)


def test_the_strictest_level_and_then_the_oldest_rehearsal() -> None:
    young, old = replace(PLAN, latest="2026-11-01T00:00:00Z"), replace(PLAN, latest="2026-01-01T00:00:00Z")
    strict = replace(young, level=4)
    assert by_need([young, old, strict]) == (strict, old, young)


@pytest.mark.parametrize(("days", "share"), [(0, 0.0), (7, 0.5), (14, 1.0), (21, 1.5), (-3, 0.0)])
def test_how_much_of_its_time_is_over(days: int, share: float) -> None:
    then = NOW - timedelta(days=days)
    plan = replace(
        PLAN, latest=f"{then:%Y-%m-%dT%H:%M:%SZ}", fresh_until=f"{then + timedelta(days=14):%Y-%m-%dT%H:%M:%SZ}"
    )
    assert plan.aged(NOW) == pytest.approx(share)


@pytest.mark.parametrize(
    ("latest", "until"), [("", ""), ("2026-01-01T00:00:00Z", ""), ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")]
)
def test_without_a_rehearsal_nothing_ages(latest: str, until: str) -> None:
    assert isinstance(replace(PLAN, latest=latest, fresh_until=until).aged(NOW), NotMeasured)
