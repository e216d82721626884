"""What follows from what the gates said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.observation import Error, Observation, Value
from rollback_gov.triggers.decision import Conduct, Decision
from rollback_gov.triggers.gates import ORDER, Course, Gate, Outcome, baseline_gate, gates_data, rule
from rollback_gov.triggers.tick import Rules, tick
from tests.triggers.conftest import plan_of

DECISION = Decision(action="rollback", band=0, triggers=("ratio",), reason="ratio", conduct=Conduct.ACT)
RATIO = "{id: ratio, query: {source: http, url: 'http://m/canary'}, %s, for: 0s}"
STABLE = "above: {query: {source: http, url: 'http://m/stable'}, times: 2}, baseline_limit: 2%%"


class TestRule:
    """The first law, and its three exceptions."""

    def test_open_gates_let_it_go(self) -> None:
        ruling = rule(DECISION, [Gate("armed", Outcome.PASSED), Gate("safety", Outcome.ABSENT)])
        assert (ruling.course, ruling.conduct, dict(ruling.doubts), ruling.why) == (Course.GO, Conduct.ACT, {}, "")

    def test_what_is_only_told_asks_nothing(self) -> None:
        ruling = rule(replace(DECISION, conduct=Conduct.TELL), [Gate("safety", Outcome.FAILED, "no backup")])
        assert (ruling.course, dict(ruling.doubts)) == (Course.TELL, {})

    @pytest.mark.parametrize("name", ["armed", "safety", "rehearsal", "live-version", "lease"])
    def test_what_is_unknown_is_a_doubt(self, name: str) -> None:
        assert dict(rule(DECISION, [Gate(name, Outcome.UNKNOWN, "why")]).doubts) == {name: "why"}

    def test_a_point_of_no_return_that_nobody_can_see_is_asked_about_by_the_run(self) -> None:
        ruling = rule(DECISION, [Gate("point-of-no-return", Outcome.UNKNOWN, "why")])
        assert (ruling.course, dict(ruling.doubts)) == (Course.GO, {})
        assert ruling.why == "point-of-no-return unknown: why"

    @given(st.lists(st.tuples(st.sampled_from(ORDER), st.sampled_from(Outcome)), unique_by=lambda pair: pair[0]))
    def test_no_gate_turns_a_rollback_into_nothing(self, said: list[tuple[str, Outcome]]) -> None:
        gates = [Gate(name, outcome, f"{name}!") for name, outcome in said]
        ruling, failed = rule(DECISION, gates), {gate.name for gate in gates if gate.outcome is Outcome.FAILED}
        final = {"live-version", "point-of-no-return", "baseline"} & failed
        assert (ruling.course is Course.GO) == (not final)
        for gate in gates:
            if not gate.is_open and not final and gate.name not in ("mode", "point-of-no-return", "baseline"):
                assert ruling.doubts[gate.name] == gate.detail
            assert gate.is_open or final or gate.text in ruling.why
        assert bool(ruling.why) == any(not gate.is_open for gate in gates)

    def test_the_log_says_it_all(self) -> None:
        gates = [Gate("armed", Outcome.FAILED, "ana"), Gate("mode", Outcome.PASSED, "auto")]
        assert gates_data({"action": "rollback"}, gates, rule(DECISION, gates)) == {
            "decision": {"action": "rollback"},
            "gates": [
                {"gate": "armed", "outcome": "failed", "detail": "ana"},
                {"gate": "mode", "outcome": "passed", "detail": "auto"},
            ],
            "course": "go",
            "asks": ["armed"],
        }


def outcome(condition: str, readings: Mapping[str, Observation], **kept: str) -> tuple[Outcome, str]:
    """What the baseline's gate says of one trigger with these readings."""
    saved = "baseline: [{id: errors, run: 'true', save: errors}]\n"
    plan = plan_of(saved + f"triggers: [{RATIO % condition}]\n".replace("%%", "%"))
    baseline = {name: Decimal(number) for name, number in kept.items()}
    rules = Rules(triggers=plan.triggers, every=plan.watch.every, mode="auto", baseline=baseline)
    gate = baseline_gate(DECISION, tick(rules, {}, {"ratio": readings}, 100.0), rules)
    return gate.outcome, gate.detail


def value(number: str) -> Value:
    return Value(Decimal(number), 100.0)


class TestBaseline:
    """Rolling back is unlikely to help where both are ill."""

    def test_without_a_limit_there_is_nothing_to_ask(self) -> None:
        assert outcome("above: 1%%", {"value": value("0.05")})[0] is Outcome.ABSENT

    @pytest.mark.parametrize(
        ("stable", "wanted"),
        [(value("0.02"), Outcome.PASSED), (value("0.021"), Outcome.FAILED), (Error("gone"), Outcome.PASSED)],
    )
    def test_the_other_side_of_a_comparison(self, stable: Observation, wanted: Outcome) -> None:
        said, detail = outcome(STABLE, {"value": value("0.09"), "above": stable})
        assert said is wanted
        if said is Outcome.FAILED:
            why = "what ratio compares with is above 0.02 itself: 0.021: rolling back is unlikely to help"
            assert detail == why

    def test_for_a_condition_downward_bad_is_below(self) -> None:
        low = "below: {query: {source: http, url: 'http://m/stable'}, times: 0.5}, baseline_limit: 90%%"
        assert outcome(low, {"value": value("0.3"), "below": value("0.8")})[0] is Outcome.FAILED
        assert outcome(low, {"value": value("0.3"), "below": value("0.95")})[0] is Outcome.PASSED

    def test_what_was_kept_before_the_change(self) -> None:
        kept = "above: {baseline: errors, times: 2}, baseline_limit: 2%%"
        assert outcome(kept, {"value": value("0.09")}, errors="0.03")[0] is Outcome.FAILED
        assert outcome(kept, {"value": value("0.09")}, errors="0.01")[0] is Outcome.PASSED
        assert outcome(kept, {"value": value("0.09")})[0] is Outcome.PASSED

    def test_one_trigger_that_says_so_by_itself_is_enough(self) -> None:
        both = f"triggers: [{RATIO % STABLE}, {RATIO.replace('ratio', 'absolute') % 'above: 5%%'}]\n"
        plan = plan_of(both.replace("%%", "%"))
        rules = Rules(triggers=plan.triggers, every=plan.watch.every, mode="auto")
        readings = {"ratio": {"value": value("0.09"), "above": value("0.03")}, "absolute": {"value": value("0.09")}}
        done = tick(rules, {}, readings, 100.0)
        one, two = replace(DECISION, triggers=("ratio",)), replace(DECISION, triggers=("ratio", "absolute"))
        assert baseline_gate(one, done, rules).outcome is Outcome.FAILED
        assert baseline_gate(two, done, rules).outcome is Outcome.PASSED

    @pytest.mark.parametrize(
        ("action", "wanted"),
        [("rollback", Outcome.PASSED), ("monitor", Outcome.FAILED), ("investigate", Outcome.FAILED)],
    )
    def test_a_trigger_of_another_row_that_calls_for_the_same_is_enough(self, action: str, wanted: Outcome) -> None:
        absolute = "{id: absolute, query: {source: exec}, above: 1, for: 0s}"
        plan = plan_of(
            f"triggers: [{RATIO % STABLE.replace('%%', '%')}, {absolute}]\n"
            f"decision: [{{action: rollback, any: [ratio]}}, {{action: {action}, any: [absolute]}}]\n"
        )
        rules = Rules(triggers=plan.triggers, bands=plan.decision, every=plan.watch.every, mode="auto")
        seen = {"ratio": {"value": value("0.09"), "above": value("0.03")}, "absolute": {"value": value("5")}}
        done = tick(rules, {}, seen, 100.0)
        assert done.decision is not None
        assert done.decision.triggers == ("ratio",)
        assert baseline_gate(done.decision, done, rules).outcome is wanted
