"""A trigger that fired, as the reason of a rollback."""

from __future__ import annotations

from decimal import Decimal

from rollback_gov.model.observation import Value
from rollback_gov.model.reason import RollbackReason
from rollback_gov.triggers.firing import reason_of, reason_of_trigger
from rollback_gov.triggers.state import State
from rollback_gov.triggers.tick import Rules, Tick, tick
from tests.triggers.conftest import plan_of

PLAN = plan_of(
    """
triggers:
  - {id: errors, query: {source: prometheus, expr: errors / requests}, above: 1%, for: 20s, every: 10s}
  - {id: health, query: {source: health, endpoint: api, path: /health}, below: 1, count: 2, every: 10s}
"""
)
RULES = Rules(triggers=PLAN.triggers, every=PLAN.watch.every, mode="auto")


def fired() -> Tick:
    states: dict[str, State] = {}
    for at in (100.0, 110.0, 120.0):
        readings = {"errors": {"value": Value(Decimal("0.025"), at)}, "health": {"value": Value(Decimal(0), at)}}
        done = tick(RULES, states, readings, at)
        states = dict(done.states)
    return done


def test_the_measurement_is_that_of_the_trigger_that_fired_first() -> None:
    done = fired()
    assert done.decision is not None
    assert reason_of(done.decision, done, RULES, decided_by="ana") == RollbackReason(
        text="errors: 0.025 is above 0.01 for 20s; health: 0 is below 1, 2 in a row",
        decided_by="ana",
        trigger="errors",
        metric="errors / requests",
        value="0.025",
        threshold="above 1%",
        duration="20s",
        first_breach="1970-01-01T00:01:40.000Z",
    )


def test_a_trigger_alone() -> None:
    assert reason_of_trigger("health", fired(), RULES, decided_by="rehearsal") == RollbackReason(
        text="health: 0 is below 1, 2 in a row",
        decided_by="rehearsal",
        trigger="health",
        metric="health at api/health",
        value="0",
        threshold="below 1",
        duration="2 in a row",
        first_breach="1970-01-01T00:01:40.000Z",
    )
