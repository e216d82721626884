"""Triggers along a history: tick after tick as in a watch, and armed again when a breach is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from rollback_gov.model.trigger import Trigger
from rollback_gov.triggers.machine import machine_of, rearmed
from rollback_gov.triggers.state import State, Status
from rollback_gov.triggers.tick import Readings, Rules, Tick, tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """One tick as a watch would have seen it, and the states with which the next one begins."""

    tick: Tick
    states: Mapping[str, State]

    @property
    def over(self) -> tuple[str, ...]:
        """Name the triggers that had fired and are over with this tick."""
        return tuple(
            name
            for name, state in self.tick.states.items()
            if state.status is Status.FIRED and self.states[name].status is not Status.FIRED
        )


def follow(rules: Rules, history: Iterable[tuple[float, Readings]]) -> Iterator[Followed]:
    """Step through readings at times (seconds since the epoch, rising).

    A watch ends with its first rollback; a history may hold many incidents, and each has to be found.
    """
    machines = {trigger.id: machine_of(trigger, rules.every) for trigger in rules.triggers}
    states: Mapping[str, State] = {}
    for at, readings in history:
        done = tick(rules, states, readings, at)
        states = {name: rearmed(machines[name], state) for name, state in done.states.items()}
        yield Followed(tick=done, states=states)


def like_prometheus(trigger: Trigger) -> Trigger:
    """Give a trigger as Prometheus' own alert with the same expression and the same ``for`` would be.

    What has no result starts it anew. The other half of the likeness is that infinity is a number, and that belongs to
    whoever reads (``observe(..., infinite=True)``).
    """
    return replace(trigger, unknown="reset")
