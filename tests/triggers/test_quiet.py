"""Readings that changed nothing are written in few words, and nothing is lost by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.triggers.condition import queries
from rollback_gov.triggers.line import FIRST, Line
from rollback_gov.triggers.log import tick_data, tick_readings
from rollback_gov.triggers.quiet import quiet_states
from rollback_gov.triggers.state import State
from rollback_gov.triggers.store import Memory, caught_up
from rollback_gov.triggers.tick import Rules, tick
from tests.triggers.conftest import plan_of

PLAN = plan_of(
    """
triggers:
  - {id: held, query: {source: prometheus, expr: m}, above: 1, for: 30s, every: 10s}
  - {id: row, query: {source: prometheus, expr: m}, above: 1, count: 3, every: 10s}
  - {id: window, query: {source: prometheus, expr: m}, above: 1, window: 1m, more_than: 2, every: 10s}
  - {id: canary, query: {source: prometheus, expr: m}, count: 2,
     above: {query: {source: prometheus, expr: o}, times: 2},
     volume: {query: {source: prometheus, expr: v}, at_least: 1}}
"""
)
RULES = Rules.of(PLAN)
SEEN: st.SearchStrategy[Observation] = st.one_of(
    st.builds(Value, st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(3)]), st.sampled_from([0.0, 7.5, 8.25])),
    st.sampled_from([NoData("none"), Error("?")]),
)


def readings(seen: Mapping[str, Observation], names: set[str]) -> dict[str, dict[str, Observation]]:
    return {
        trigger.id: {role: seen[f"{trigger.id} {role}"] for role in queries(trigger)}
        for trigger in PLAN.triggers
        if trigger.id in names
    }


ROLES = [f"{trigger.id} {role}" for trigger in PLAN.triggers for role in queries(trigger)]
NAMES = [trigger.id for trigger in PLAN.triggers]
TICKS = st.lists(st.tuples(st.fixed_dictionaries(dict.fromkeys(ROLES, SEEN)), st.sets(st.sampled_from(NAMES))))


@given(TICKS)
def test_readings_and_states_come_back_from_either_form(ticks: list[Any]) -> None:
    states: dict[str, State] = {trigger.id: State() for trigger in PLAN.triggers}
    kept = {form: Memory(states=states) for form in (1, 2)}
    for number, (seen, names) in enumerate(ticks):
        at = 100.0 + 10 * number
        done = tick(RULES, states, readings(seen, names), at)
        states = dict(done.states)
        for form, memory in kept.items():
            data = json.loads(json.dumps(tick_data(done, form=form)))
            assert tick_readings(data) == readings(seen, names)
            line = Line(seq=1, at=at, type="tick", data=data, previous=FIRST)
            kept[form] = caught_up(memory, [line])
            assert kept[form].states == states


def lines(value: str, sample: float, other: float) -> list[dict[str, Any]]:
    """The data of three ticks alike, with the sample of the volume apart from those of the rest."""
    states: Mapping[str, State] = {}
    told = []
    for number in range(3):
        seen = {role: Value(Decimal(value), other if role == "canary volume" else sample) for role in ROLES}
        done = tick(RULES, states, readings(seen, set(NAMES)), 100.0 + 10 * number)
        states = done.states
        told.append(tick_data(done))
    return told


def test_what_changed_is_told_in_full_and_the_rest_in_few_words() -> None:
    first, second, third = lines("1", 5.0, 5.0)
    assert set(first["triggers"]) == set(NAMES), "the first verdict is news"
    assert second == third
    assert second["triggers"] == {}
    assert second["quiet"] == [
        {
            "sample": 5.0,
            "counted": False,
            "values": {"held": "1", "row": "1", "window": "1", "canary": {"value": "1", "above": "1", "volume": "1"}},
        }
    ]


@pytest.mark.parametrize(
    ("value", "other", "told"),
    [("3", 5.0, {"held", "row", "window"}), ("1", 6.0, {"canary"})],
    ids=["a breach", "samples of several times"],
)
def test_what_is_told_in_full(value: str, other: float, told: set[str]) -> None:
    assert set(lines(value, 5.0, other)[2]["triggers"]) == told


def test_states_of_triggers_that_are_not_known_are_left_out() -> None:
    group = {"sample": 1.0, "counted": True, "values": {"held": "1", "gone": "1"}}
    assert quiet_states([group], {"held": State()}, 5.0) == {"held": State(last=5000, sample=1.0)}
