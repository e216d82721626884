"""A watch without a world ticks as a watch does."""

from __future__ import annotations

from decimal import Decimal

from rollback_gov.model.observation import Value
from rollback_gov.model.trigger import Trigger
from rollback_gov.triggers.condition import VALUE
from rollback_gov.triggers.simulation import simulate, since_begin
from rollback_gov.triggers.state import Status
from rollback_gov.triggers.tick import Rules
from tests.triggers.conftest import plan_of

PLAN = plan_of("""
watch: {every: 10s, mode: auto}
triggers:
  - {id: errors, query: {source: http, url: 'http://m/e'}, above: 1, for: 20s}
  - {id: fast, query: {source: http, url: 'http://m/e'}, above: 1, count: 2, every: 4s}
  - {id: unread, query: {source: http, url: 'http://m/e'}, above: 1}
""")


def test_each_trigger_is_read_on_its_own_grid_and_what_gives_nothing_is_not_read() -> None:
    asked: list[tuple[str, int]] = []

    def read(trigger: Trigger, at: int) -> dict[str, Value] | None:
        asked.append((trigger.id, at))
        return None if trigger.id == "unread" else {VALUE: Value(Decimal(5))}

    ticks = list(simulate(Rules.of(PLAN), read, 20_000))
    assert [since_begin(tick.at) for tick in ticks] == [0, 4_000, 8_000, 10_000, 12_000, 16_000, 20_000]
    assert [at for name, at in asked if name == "errors"] == [0, 10_000, 20_000]
    last = ticks[-1]
    assert {name: state.status for name, state in last.states.items()} == {
        "errors": Status.FIRED,
        "fast": Status.FIRED,
        "unread": Status.IDLE,
    }
    assert last.decision is not None
    assert last.decision.triggers == ("errors", "fast")
    assert ticks[1].decision is not None, "the second reading in a row"
    assert ticks[0].decision is None
