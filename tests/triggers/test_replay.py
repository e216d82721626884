"""A log of readings gives the same decisions again, byte for byte."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.plans.load import load_plan
from rollback_gov.triggers.condition import queries
from rollback_gov.triggers.form import FORM
from rollback_gov.triggers.line import FIRST, Line, LogError
from rollback_gov.triggers.log import DecisionLog, started_data, tick_data
from rollback_gov.triggers.replay import replay
from rollback_gov.triggers.state import State
from rollback_gov.triggers.tick import Rules, tick
from tests.thoroughness import examples
from tests.triggers.conftest import plan_of

BODY = """
watch: {every: 10s, mode: auto}
baseline: [{id: latency, run: "true", save: latency.txt}]
triggers:
  - {id: errors, query: {source: http}, above: 1, for: 20s, floor: 0.5,
     volume: {query: {source: prometheus, expr: requests}, at_least: 2}}
  - {id: health, query: {source: health}, below: 1, count: 2, unknown: reset}
  - {id: events, query: {source: exec, run: "true"}, above: 2, window: 1m, more_than: 1}
  - {id: latency, query: {source: prometheus, expr: p95}, above: {baseline: latency, times: "1.5"}, for: 10s}
decision:
  - {action: prepare, any: [health]}
  - {action: investigate, any: [errors, latency], within: 30s, then: rollback}
  - {action: rollback, at_least: 2, of: [errors, health, events]}
"""
PLAN = plan_of(BODY)

OBSERVATIONS: st.SearchStrategy[Observation] = st.one_of(
    st.builds(Value, st.decimals(0, 4, places=2), st.integers(1, 9).map(float)),
    st.sampled_from([NoData("nothing"), Error("refused")]),
)
TICKS = st.lists(
    st.tuples(st.sampled_from([10, 10, 10, 20, 45]), st.lists(OBSERVATIONS, min_size=5, max_size=5)), max_size=25
)


def write_log(path: Path, ticks: list[Any], restart: int, form: int = FORM) -> list[str]:
    """Watch through these ticks, with a restart in the middle, and give the lines of the log."""
    baseline = {"latency": Decimal("1.1")}
    rules = Rules(triggers=PLAN.triggers, bands=PLAN.decision, every=PLAN.watch.every, mode="auto", baseline=baseline)
    states: dict[str, State] = {}
    at = 1_700_000_000.125
    log = DecisionLog(path)
    log.append("started", started_data(rules, states=states, about={"operation": "op-7", "form": form}), at=at)
    for number, (seconds, seen) in enumerate(ticks):
        if number == restart:
            log.close()
            log = DecisionLog(path)
            log.append("started", started_data(rules, states=states, about={"operation": "op-7", "form": form}), at=at)
        at += seconds
        left = iter(seen)
        chosen = [trigger for index, trigger in enumerate(PLAN.triggers) if (number + index) % 3]
        readings = {trigger.id: {role: next(left, seen[0]) for role in queries(trigger)} for trigger in chosen}
        done = tick(rules, states, readings, round(at, 3), form=form)
        log.append("tick", tick_data(done, form=form), at=round(at, 3))
        states = dict(done.states)
    log.append("ended", {"exit": 0}, at=at)
    log.close()
    return path.read_text().splitlines()


@settings(max_examples=examples(50))
@given(TICKS, st.integers(0, 24), st.integers(1, FORM))
def test_the_same_readings_give_the_same_log_byte_for_byte(ticks: list[Any], restart: int, form: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lines = write_log(Path(folder) / "decision.jsonl", ticks, restart, form)
    assert list(replay(lines, PLAN)) == lines


LOGS = Path(__file__).with_name("logs")
"""What earlier versions wrote of the plan there."""


@pytest.mark.parametrize("name", sorted(path.name for path in LOGS.glob("*.jsonl")))
def test_what_an_earlier_version_decided_is_decided_again(name: str) -> None:
    """With too little traffic, with and without a value, which is told apart only since."""
    lines = (LOGS / name).read_text(encoding="utf-8").splitlines()
    assert sum("too little traffic" in line for line in lines) > 3
    assert any('"unknowns":' in line for line in lines)
    assert replay(lines, load_plan(LOGS / "plan.yaml").require()) == tuple(lines)


HIGH = [(10, [Value(Decimal(3), float(number)) for _ in range(5)]) for number in range(1, 12)]


def test_another_threshold_gives_another_log(tmp_path: Path) -> None:
    lines = write_log(tmp_path / "decision.jsonl", HIGH, 99)
    assert any('"action":"rollback"' in line for line in lines)
    stricter = plan_of(BODY.replace("above: 1, for", "above: 3.5, for"))
    again = replay(lines, stricter)
    assert list(again) != lines
    assert len(again) == len(lines)


def test_a_log_that_was_changed_is_not_replayed(tmp_path: Path) -> None:
    lines = write_log(tmp_path / "decision.jsonl", HIGH, 99)
    lines[3] = lines[3].replace('"value":"3"', '"value":"0"')
    with pytest.raises(LogError, match="was changed"):
        replay(lines, PLAN)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("started", {}),
        ("started", {"every": "soon", "mode": "auto", "baseline": {}, "states": {}}),
        ("tick", {"triggers": {"errors": {}}}),
        ("tick", {"triggers": {}, "clock_set": float("inf")}),
        ("tick", {"triggers": {"errors": {"readings": {"other": {"kind": "error", "reason": "x"}}}}}),
        ("tick", {"triggers": {"errors": {"readings": {"value": {"kind": "value", "value": "x", "sample": 1}}}}}),
    ],
)
def test_a_line_that_does_not_fit_the_plan_is_named(kind: str, data: dict[str, Any]) -> None:
    line = Line(seq=1, at=5.0, type=kind, data=data, previous=FIRST).text
    with pytest.raises(LogError, match="Line 1 of the decision log does not fit this plan"):
        replay([line], PLAN)
