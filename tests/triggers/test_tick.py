"""One tick: readings in, states and a decision out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.triggers.condition import Verdict
from rollback_gov.triggers.state import State, Status
from rollback_gov.triggers.tick import Rules, tick
from tests.triggers.conftest import plan_of

PLAN = plan_of(
    """
watch: {every: 10s, mode: auto}
triggers:
  - {id: errors, query: {source: http, url: 'http://m/errors'}, above: 1%, for: 20s}
  - {id: health, query: {source: health, url: 'http://m/health'}, below: 1, count: 2}
"""
)
RULES = Rules(triggers=PLAN.triggers, every=PLAN.watch.every, mode=PLAN.watch.mode)


def value(number: str, sample: float = 1.0) -> dict[str, Observation]:
    return {"value": Value(Decimal(number), sample)}


def test_only_what_was_read_is_stepped() -> None:
    done = tick(RULES, {}, {"errors": value("0.05")}, 100.0)
    assert [entry.trigger for entry in done.entries] == ["errors"]
    assert done.entries[0].judgement.verdict is Verdict.BREACH
    assert done.states["health"] == State()
    assert done.states["errors"].status is Status.PENDING
    assert done.decision is None


def test_states_are_carried_from_tick_to_tick_until_something_fires() -> None:
    states: dict[str, State] = {}
    for at in (100.0, 110.0, 120.0):
        done = tick(RULES, states, {"errors": value("0.05"), "health": value("1", at)}, at)
        assert done.entries[0].before == states.get("errors", State())
        states = dict(done.states)
    assert states["errors"].fired_at == 120_000
    assert states["errors"].value == "0.05"
    assert done.decision is not None
    assert done.decision.reason == "errors: 0.05 is above 0.01 for 20s"


def test_a_decision_stays_although_its_metric_is_fine_again() -> None:
    states: dict[str, State] = {}
    for at, number in [(100.0, "0"), (110.0, "0"), (120.0, "1"), (130.0, "1")]:
        done = tick(RULES, states, {"health": value(number, at)}, at)
        states = dict(done.states)
    assert done.decision is not None
    assert done.decision.triggers == ("health",)
    assert states["health"].recovered


def test_monitoring_that_fails_decides_nothing() -> None:
    states: dict[str, State] = {}
    for at in range(100):
        seen: Observation = Error("refused") if at % 2 else NoData("nothing there")
        done = tick(RULES, states, {"errors": {"value": seen}, "health": {"value": seen}}, float(at))
        states = dict(done.states)
        assert done.decision is None
    assert states["errors"].unknowns == 100


def test_what_is_dead_fires_without_a_value() -> None:
    plan = plan_of(
        """
triggers:
  - id: dead
    query: {source: prometheus, expr: errors}
    above: 1
    alive: {source: prometheus, expr: up}
    control: {source: prometheus, expr: vector(1)}
"""
    )
    rules = Rules(triggers=plan.triggers, every=plan.watch.every, mode="auto")
    readings: dict[str, Observation] = {"value": NoData("gone"), "alive": NoData("gone"), "control": Value(Decimal(1))}
    done = tick(rules, {}, {"dead": readings}, 5.0)
    assert done.states["dead"].value == "no data"
    assert done.decision is not None
    assert done.decision.reason.startswith("dead: dead: gone")


BUSY = plan_of(
    """
triggers:
  - id: errors
    query: {source: http, url: 'http://m/errors'}
    above: 1%
    for: 20s
    volume: {query: {source: http, url: 'http://m/requests'}, at_least: 100}
"""
)


def after(*readings: tuple[Observation, Observation]) -> State:
    """Give the state after readings of errors and of requests."""
    rules = Rules(triggers=BUSY.triggers, every=BUSY.watch.every, mode="auto")
    states: dict[str, State] = {}
    for number, (errors, requests) in enumerate(readings):
        done = tick(rules, states, {"errors": {"value": errors, "volume": requests}}, 100.0 + number)
        states = dict(done.states)
    return states["errors"]


MANY, FEW = Value(Decimal(100), 1.0), Value(Decimal(99), 1.0)
HALF, NOTHING, BROKEN = Value(Decimal("0.5"), 1.0), NoData("0 of 0"), Error("refused")


@pytest.mark.parametrize(
    ("readings", "unknowns", "low"),
    [
        ([(HALF, FEW)] * 3, 0, 3),
        ([(NOTHING, FEW)] * 3, 0, 3),
        ([(NOTHING, MANY)] * 3, 3, 0),
        ([(NOTHING, NOTHING)] * 3, 3, 0),
        ([(HALF, NOTHING)] * 3, 3, 0),
        ([(HALF, BROKEN)] * 3, 3, 0),
        ([(BROKEN, FEW)] * 3, 3, 0),
        ([(HALF, BROKEN), (HALF, FEW)], 0, 1),
        ([(HALF, FEW), (HALF, BROKEN)], 1, 0),
        ([(HALF, FEW), (HALF, MANY)], 0, 0),
    ],
)
def test_too_little_traffic_is_no_blindness(
    readings: list[tuple[Observation, Observation]], unknowns: int, low: int
) -> None:
    """The monitoring answers. What it cannot say, such as 0 errors of 0 requests, is blindness only with traffic."""
    state = after(*readings)
    assert (state.unknowns, state.low_traffic) == (unknowns, low)


def test_too_little_traffic_freezes_a_trigger() -> None:
    assert after((HALF, MANY), (HALF, FEW)).status is Status.PENDING
    assert after((HALF, FEW), (HALF, FEW)).status is Status.IDLE


def test_a_clock_that_was_set_moves_what_is_remembered() -> None:
    decisions = []
    plan = plan_of(
        "triggers: [{id: health, query: {source: health, url: 'http://m/health'}, below: 1, count: 1}]\n"
        "decision: [{action: investigate, any: [health], within: 10m, then: rollback}]\n"
    )
    rules = Rules(triggers=plan.triggers, bands=plan.decision, every=plan.watch.every, mode="auto")
    states: dict[str, State] = {}
    for at, clock_set in ((1000.0, 0), (8210.0, 7_200_000), (1010.0, -7_210_000), (1589.0, 0), (1590.0, 0)):
        done = tick(rules, states, {"health": value("0", at)}, at, clock_set=clock_set)
        states = dict(done.states)
        decisions.append(done.decision.action if done.decision else "")
    assert decisions == ["investigate", "investigate", "investigate", "investigate", "rollback"]
