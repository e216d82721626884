"""Whether a waiver counts, on which day, for which findings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rollback_gov.model.duration import Duration
from rollback_gov.model.finding import Finding, Place, Severity
from rollback_gov.model.policy import Policy
from rollback_gov.model.waiver import Waiver
from rollback_gov.policy.check import check
from rollback_gov.policy.governance import Register, WrittenWaiver
from rollback_gov.policy.registry import rules
from rollback_gov.policy.waivers import State, accept, matches, standing
from tests.policy.subjects import SMALL, subject

TODAY = date(2025, 12, 9)
MONTH = Duration.parse("30d")
WAIVER = Waiver(
    rule="RG105",
    operation="op-7",
    step="phases/undo/undo",
    reason="It takes five minutes.",
    owner="payments",
    approved_by="Ada",
    created="2025-12-01",
    expires="2025-12-31",
)


def finding(**changes: Any) -> Finding:
    """One that the waiver is about."""
    values: dict[str, Any] = {
        "code": "RG105",
        "severity": Severity.ERROR,
        "message": "Too long.",
        "place": Place("plan.yaml", 9),
        "operation": "op-7",
        "step": "phases/undo/undo",
    }
    return Finding(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "state", "message"),
    [
        ({}, State.ALIVE, ""),
        ({"expires": "2025-12-24"}, State.ALIVE, ""),
        ({"expires": "2025-12-23"}, State.EXPIRING, "it expires on 2025-12-23."),
        ({"expires": "2025-12-09"}, State.EXPIRING, "it expires today."),
        ({"expires": "2025-12-08"}, State.EXPIRED, "it expired on 2025-12-08."),
        ({"expires": "2026-01-01"}, State.TOO_LONG, "it is to live for 31 days, and its plan's level allows 30."),
        ({"created": "2025-12-10"}, State.MALFORMED, "it is to count from 2025-12-10 to 2025-12-31, and today is"),
        ({"created": "2025-12-09"}, State.ALIVE, ""),
        ({"expires": "2025-11-30"}, State.MALFORMED, "it is to count from 2025-12-01 to 2025-11-30"),
        ({"created": "2025-13-01"}, State.MALFORMED, "'2025-13-01' is no date of the calendar."),
        ({"expires": "2025-02-29"}, State.MALFORMED, "'2025-02-29' is no date of the calendar."),
        ({"approved_by": " PAYMENTS "}, State.SELF_APPROVED, "'payments' owns the waiver and approves it."),
        ({"rule": "RG413"}, State.NOT_WAIVABLE, "RG413 is about integrity and cannot be waived."),
        ({"rule": "RG004"}, State.NOT_WAIVABLE, "RG004 is about"),
        ({"rule": "RG501"}, State.NOT_WAIVABLE, "RG501 is about"),
        ({"rule": "RG999"}, State.MALFORMED, "there is no rule RG999."),
    ],
)
def test_how_it_stands(changes: dict[str, Any], state: State, message: str) -> None:
    how = standing(replace(WAIVER, **changes), today=TODAY, longest=MONTH, rules=rules())

    assert how.state is state
    assert how.message.startswith(message)
    assert how.counts is (state in (State.ALIVE, State.EXPIRING))
    assert bool(how.hint) is (state is not State.ALIVE)


@pytest.mark.parametrize(
    ("waiver", "found", "expected"),
    [
        ({}, {}, True),
        ({"step": ""}, {}, True),
        ({"step": ""}, {"step": ""}, True),
        ({}, {"step": ""}, False),
        ({}, {"step": "phases/undo/other"}, False),
        ({}, {"operation": "op-8"}, False),
        ({}, {"code": "RG106"}, False),
    ],
)
def test_which_findings_it_is_about(waiver: dict[str, Any], found: dict[str, str], expected: bool) -> None:
    assert matches(replace(WAIVER, **waiver), finding(**found)) is expected


def test_what_is_accepted_says_by_whom() -> None:
    (accepted,) = accept([finding()], [WAIVER])

    assert accepted.waived is not None
    assert (accepted.waived.approved_by, accepted.waived.expires) == ("Ada", "2025-12-31")


def test_a_number_is_a_limit_and_the_next_one_fails() -> None:
    both = [finding(), finding(place=Place("plan.yaml", 10))]

    assert [each.waived is not None for each in accept(both, [replace(WAIVER, count=1)])] == [True, False]
    assert [each.waived is not None for each in accept(both, [replace(WAIVER, count=1), WAIVER])] == [True, True]
    assert [each.waived is not None for each in accept(both, [WAIVER])] == [True, True]


def test_one_for_a_step_comes_before_one_for_the_whole_plan() -> None:
    anywhere = replace(WAIVER, step="", count=1)
    both = [finding(), finding(step="")]

    assert all(each.waived for each in accept(both, [anywhere, replace(WAIVER, count=1)]))


SLOW = SMALL.replace("timeout: 2m", "timeout: 5m")


def test_a_waived_rule_does_not_stand_between_the_levels() -> None:
    plain, waived = check(subject(SLOW)), check(subject(SLOW, waivers=(WAIVER,)))

    assert (plain.achieved, plain.between) == (1, ("RG105",))
    assert (waived.achieved, waived.between) == (2, ())
    assert [each.code for each in waived.findings if each.waived] == ["RG105"]


def test_at_a_higher_level_it_may_be_too_long() -> None:
    long = replace(WAIVER, created="2025-11-01")

    assert "RG105" not in check(subject(SLOW, level=2, waivers=(long,))).between
    assert "RG105" in check(subject(SLOW, level=3, waivers=(long,))).between


def test_as_of_another_day_it_counts_or_not() -> None:
    about = subject(SLOW, waivers=(WAIVER,))

    for day, counts in ((8, True), (31, True)):
        assert (check(replace(about, now=about.now.replace(day=day))).achieved == 2) is counts
    assert check(replace(about, now=about.now.replace(year=2026, month=1, day=1))).achieved == 1


def _said(register: Register, **changes: Any) -> list[str]:
    values: dict[str, Any] = {"today": TODAY, "policy": Policy(), "rules": rules(), "all_plans": True}
    return [f"{each.code} {each.message}" for each in register.findings(**(values | changes))]


def _register(waiver: Waiver = WAIVER) -> Register:
    return Register([WrittenWaiver(waiver=waiver, place=Place("waivers.yaml", 2))])


def test_a_waiver_that_accepts_nothing_is_told() -> None:
    register = _register()
    register.plan("op-7", MONTH, [finding(step="phases/other/x")])

    assert _said(register) == ["RG503 The waiver of RG105 for op-7, phases/undo/undo accepts nothing."]


def test_one_that_is_used_is_not() -> None:
    register = _register()
    register.plan("op-7", MONTH, [finding()])

    assert _said(register) == []


def test_one_whose_plan_was_not_looked_at_is_not_called_unused() -> None:
    register = _register()
    register.plan("op-8", MONTH, [])

    assert _said(register, all_plans=False) == []
    assert len(_said(register)) == 1


def test_one_that_does_not_count_is_told_once() -> None:
    assert _said(_register(replace(WAIVER, step="", expires="2025-12-02"))) == [
        "RG501 The waiver of RG105 for op-7: it expired on 2025-12-02."
    ]


def test_the_strictest_of_two_plans_of_one_operation_decides() -> None:
    register = _register()
    register.plan("op-7", MONTH, [finding()])
    register.plan("op-7", Duration.parse("14d"), [])

    assert _said(register)[0].startswith("RG505")
