"""The machines that turn verdicts into "fired", as one pure step.

*Duration*: the condition holds for a time. *Consecutive*: so many new samples in a row. *Window*: more than so many
breaches within a time. A trigger that has fired stays fired.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from rollback_gov.model.duration import Duration
from rollback_gov.model.trigger import Trigger
from rollback_gov.triggers.condition import Verdict
from rollback_gov.triggers.state import Reading, State, Status

GAP_INTERVALS = 3
"""A trigger without ``max_gap`` starts anew after this many intervals without a tick."""
CLOCK_SET_BACK = 300.0
"""Seconds by which a sample may be older than the last one before its clock is taken to have been set back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationMachine:
    """Fires when the condition held for ``holds``: grows by one interval for each pair of ticks that both breach.

    What lies between two ticks counts as one interval at most, so time in which nobody looked never fires anything.
    """

    holds: int
    every: int
    max_gap: int
    unknown: Literal["hold", "reset"] = "hold"

    def advance(self, state: State, reading: Reading, now: int) -> State:
        """Take one tick into account."""
        if reading.verdict is Verdict.UNKNOWN:
            return _undecided(state, self.unknown)
        if reading.verdict is Verdict.OK:
            return _idle(state)
        pair = state.verdict is Verdict.BREACH and state.last is not None and now > state.last
        held = state.held + (min(now - (state.last or 0), self.every) if pair else 0)
        pending = _pending(replace(state, held=held), now)
        return _fired(pending, reading, now) if held >= self.holds else pending


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsecutiveMachine:
    """Fires at the ``count``-th breach in a row. A sample that was seen before is no new breach."""

    count: int
    max_gap: int
    unknown: Literal["hold", "reset"] = "hold"

    def advance(self, state: State, reading: Reading, now: int) -> State:
        """Take one tick into account."""
        if reading.verdict is Verdict.UNKNOWN:
            return _undecided(state, self.unknown)
        if not _is_new(state, reading):
            return state
        fresh = replace(state, sample=reading.sample)
        if reading.verdict is Verdict.OK:
            return _idle(fresh)
        pending = _pending(replace(fresh, count=state.count + 1), now)
        return _fired(pending, reading, now) if pending.count >= self.count else pending


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowMachine:
    """Fires when there were more than ``more_than`` new breaches within ``window``."""

    window: int
    more_than: int
    max_gap: int | None = None
    unknown: Literal["hold", "reset"] = "hold"

    def advance(self, state: State, reading: Reading, now: int) -> State:
        """Take one tick into account; breaches leave the window by age, and when a clock was set back before them."""
        if reading.verdict is Verdict.UNKNOWN and self.unknown == "reset":
            return _idle(state)
        hits = tuple(hit for hit in state.hits if now - self.window < hit <= now)
        if reading.verdict is Verdict.BREACH and _is_new(state, reading):
            state, hits = replace(state, sample=reading.sample), (*hits, now)
        if not hits:
            return _idle(state)
        pending = replace(state, status=Status.PENDING, hits=hits, first_breach=hits[0])
        return _fired(pending, reading, now) if len(hits) > self.more_than else pending


Machine: TypeAlias = DurationMachine | ConsecutiveMachine | WindowMachine


def interval(trigger: Trigger, every: Duration) -> Duration:
    """Give a trigger's own interval, or that of the watch."""
    return trigger.every or every


def machine_of(trigger: Trigger, every: Duration) -> Machine:
    """Give the machine that a trigger asks for; ``every`` is the interval of a trigger without its own."""
    step_ms = interval(trigger, every).milliseconds
    gap = trigger.max_gap.milliseconds if trigger.max_gap else GAP_INTERVALS * step_ms
    if trigger.window is not None and trigger.more_than is not None:
        window = trigger.window.milliseconds
        return WindowMachine(window=window, more_than=trigger.more_than, unknown=trigger.unknown)
    if trigger.count is not None:
        return ConsecutiveMachine(count=trigger.count, max_gap=gap, unknown=trigger.unknown)
    holds = trigger.for_.milliseconds if trigger.for_ else 0
    return DurationMachine(holds=holds, every=step_ms, max_gap=gap, unknown=trigger.unknown)


def step(machine: Machine, state: State, reading: Reading, at: float) -> State:
    """Give the state after one tick at a time (seconds since the epoch). Pure: the same input gives the same state."""
    now = round(at * 1000)
    gap = now - state.last if state.last is not None else 0
    before = replace(state, note="")
    if state.status is Status.PENDING and machine.max_gap is not None and gap > machine.max_gap:
        before = replace(_idle(before), verdict=None, note=f"starts anew: nobody looked for {Duration(gap)}")
    after = before if state.status is Status.FIRED else machine.advance(before, reading, now)
    unknown = reading.verdict is Verdict.UNKNOWN
    return replace(
        after,
        verdict=reading.verdict,
        last=now,
        unknowns=state.unknowns + 1 if unknown and not reading.low_traffic else 0,
        low_traffic=state.low_traffic + 1 if reading.low_traffic else 0,
        recovered=after.recovered if unknown else reading.verdict is Verdict.OK,
    )


def rearmed(machine: Machine, state: State) -> State:
    """Give the state of a trigger that fired and is over as one that can fire again; any other state as it is.

    A watch never does this: what fired stays fired. Whoever looks back at more than one incident does, and so does
    Prometheus, which resolves an alert.
    """
    over = state.recovered or (machine.unknown == "reset" and state.verdict is Verdict.UNKNOWN)
    if state.status is not Status.FIRED or not over:
        return state
    return replace(_idle(state), fired_at=None, recovered=False, value="", reason="", note="")


def _idle(state: State) -> State:
    return replace(state, status=Status.IDLE, held=0, count=0, hits=(), first_breach=None)


def _undecided(state: State, unknown: Literal["hold", "reset"]) -> State:
    return state if unknown == "hold" else _idle(state)


def _pending(state: State, now: int) -> State:
    first = now if state.first_breach is None else state.first_breach
    return replace(state, status=Status.PENDING, first_breach=first)


def _fired(state: State, reading: Reading, now: int) -> State:
    return replace(state, status=Status.FIRED, fired_at=now, value=reading.value, reason=reading.reason)


def _is_new(state: State, reading: Reading) -> bool:
    """Tell a new sample from one that was seen before. Without a time every reading is taken for new."""
    if reading.sample == 0:
        return True
    return reading.sample > state.sample or reading.sample < state.sample - CLOCK_SET_BACK
