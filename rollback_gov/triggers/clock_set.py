"""A wall clock that is set while a watch goes on. The time since the machine started tells, which nobody sets.

What is remembered moves with it, so that a deadline comes when its time is over, and neither sooner nor later because
somebody has set a clock. Time in which the machine slept went by on both clocks: it is no clock that was set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from rollback_gov.model.duration import Duration
from rollback_gov.triggers.state import State

TOLERANCE = 1.0
"""Seconds by which the two clocks may differ because they cannot be read at the same time."""


class Instant(NamedTuple):
    """Both clocks at one time, in seconds, and the boot of the machine since which the second one counts."""

    wall: float
    uptime: float
    boot: str


def set_by(before: Instant, now: Instant) -> int | None:
    """Give by how many milliseconds the wall clock was set between two times, back with a minus.

    None where nobody knows: another machine, or one that was started anew. Then the wall clock is all there is.
    """
    if not now.boot or before.boot != now.boot:
        return None
    seconds = (now.wall - before.wall) - (now.uptime - before.uptime)
    return round(seconds * 1000) if abs(seconds) > TOLERANCE else 0


def was_set(milliseconds: int) -> str:
    """Say that a clock was set, and by how much."""
    span = Duration(round(abs(milliseconds) / 1000) * 1000)
    return f"the clock was set {'on' if milliseconds > 0 else 'back'} by {span}; what is remembered moves with it"


def moved(states: Mapping[str, State], milliseconds: int) -> dict[str, State]:
    """Give states as they would be, had the clock been set before; the times of samples are those of their sources."""
    return {name: _moved(state, milliseconds) for name, state in states.items()} if milliseconds else dict(states)


def _moved(state: State, milliseconds: int) -> State:
    def later(at: int | None) -> int | None:
        return None if at is None else at + milliseconds

    return replace(
        state,
        last=later(state.last),
        first_breach=later(state.first_breach),
        fired_at=later(state.fired_at),
        hits=tuple(hit + milliseconds for hit in state.hits),
    )
