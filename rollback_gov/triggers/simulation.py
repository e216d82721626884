"""A watch without a world: ticks on the watch's own grid, with readings from wherever they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from rollback_gov.model.observation import Observation
from rollback_gov.model.trigger import Trigger
from rollback_gov.triggers.grid import Grid
from rollback_gov.triggers.machine import interval
from rollback_gov.triggers.state import State
from rollback_gov.triggers.tick import Rules, Tick, tick

BEGIN = 1_700_000_000_000
"""When simulated watches begin, in milliseconds since the epoch: some time, and the same each time."""
Read: TypeAlias = Callable[[Trigger, int], Mapping[str, Observation] | None]
"""Gives a trigger's readings by role at a time (milliseconds since the beginning), or None where it is not read."""


def simulate(rules: Rules, read: Read, until: int) -> Iterator[Tick]:
    """Give every tick from the beginning to ``until`` (milliseconds after it), as a watch on time would take them."""
    grid = Grid({trigger.id: interval(trigger, rules.every).milliseconds for trigger in rules.triggers}, BEGIN)
    known = {trigger.id: trigger for trigger in rules.triggers}
    states: Mapping[str, State] = {}
    while grid.next <= BEGIN + until:
        due = grid.take(grid.next)
        seen = {name: read(known[name], due.at - BEGIN) for name in due.triggers}
        done = tick(rules, states, {name: roles for name, roles in seen.items() if roles is not None}, due.at / 1000)
        states = done.states
        yield done


def since_begin(at: float) -> int:
    """Give a time of a tick (seconds since the epoch) in milliseconds after the beginning."""
    return round(at * 1000) - BEGIN
