"""What time it is by both clocks of the machine, as one."""

from __future__ import annotations

from rollback_gov.commands.world import World
from rollback_gov.execution.context import Context
from rollback_gov.triggers.clock_set import Instant

_TOGETHER = 0.1
"""Seconds within which both clocks are to be read; a starved machine takes longer between two lines."""
_TRIES = 5


def now_of(world: World | Context) -> Instant:
    """Read both clocks together, so that nobody takes a process that had to wait for a clock that was set."""
    clock = world.clock
    for _ in range(_TRIES):
        before, wall, uptime = clock.uptime(), clock.now().timestamp(), clock.uptime()
        if uptime - before <= _TOGETHER:
            break
    return Instant(wall, uptime, clock.boot)


def now_seconds(world: World | Context) -> float:
    """Give the time by the wall clock, in seconds since the epoch."""
    return world.clock.now().timestamp()
