from __future__ import annotations

from dataclasses import replace

from rollback_gov.reports.dashboard.open_work import OpenAction, OpenWaiver, by_due, by_expiry

ACTION = OpenAction(run="op-7", text="Enlarge the pool", owner="@ann", due="2026-12-01")
WAIVER = OpenWaiver(
    rule="RG101", operation="op-7", owner="ann", expires="2026-12-31", reason="known", counts=True, message=""
)


def test_an_action_is_overdue_when_its_day_is_over() -> None:
    assert not ACTION.is_overdue("2026-12-01")
    assert ACTION.is_overdue("2026-12-02")
    assert not replace(ACTION, due="").is_overdue("2026-12-02")


def test_actions_by_their_day_and_those_without_last() -> None:
    without, early = replace(ACTION, due=""), replace(ACTION, due="2026-01-01")
    assert by_due([without, ACTION, early]) == (early, ACTION, without)


def test_waivers_that_do_not_count_come_first_then_those_that_end_soonest() -> None:
    expired, soon = replace(WAIVER, counts=False, expires="2027-01-01"), replace(WAIVER, expires="2026-12-02")
    assert by_expiry([WAIVER, soon, expired]) == (expired, soon, WAIVER)
