"""The heart of a rollback of several regions: given the strategy and how all stand, what may happen now. Pure.

Without gates a region begins as soon as one of ``max_parallel`` places is free. With ``gate_between: approval`` regions
go in batches of ``max_parallel``; when a batch has ended, a person is asked once whether the next one may begin. After
more than ``max_failures`` regions failed, none begins any more. What runs is never cut off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rollback_gov.execution.regions.coordination import Coordination, gate_before
from rollback_gov.model.plan import Strategy


@dataclass(frozen=True, slots=True)
class Begin:
    """Let these regions begin, or go on where the process before stopped."""

    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskGate:
    """Ask a person whether these regions may begin."""

    path: str
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """These regions do not begin: ``failures`` or ``gate``, and in words."""

    regions: tuple[str, ...]
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Something runs, and nothing else may begin."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing runs, and these regions wait for a person: the run cannot go on by itself."""

    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class End:
    """Nothing is left to do: ``passed`` when every region is rolled back, else ``failed``."""

    result: str
    detail: str


Turn: TypeAlias = Begin | AskGate | LeaveOut | Wait | Hold | End


def in_words(strategy: Strategy) -> str:
    """Say how regions follow one another."""
    gates = "a person is asked between them" if strategy.gate_between == "approval" else "no gate between them"
    return f"{strategy.max_parallel} at a time, {gates}, none begins after more than {strategy.max_failures} failed"


def next_turn(state: Coordination) -> Turn:
    """Say what may happen now. The same journal always gives the same answer."""
    begun_before = state.those("open")
    if begun_before:
        return Begin(begun_before)
    to_come = state.those("")
    failed = state.those("failed", "aborted")
    if to_come and len(failed) > state.strategy.max_failures:
        return LeaveOut(to_come, "failures", f"{_names(failed)} failed, and {_allowed(state)}")
    turn = _begin(state, to_come) if to_come else None
    return turn or _rest(state)


def _begin(state: Coordination, to_come: tuple[str, ...]) -> Turn | None:
    if state.strategy.gate_between == "approval":
        return _begin_batch(state, to_come)
    room = state.strategy.max_parallel - len(state.those("running", "waits"))
    return Begin(to_come[:room]) if room > 0 else None


def _begin_batch(state: Coordination, to_come: tuple[str, ...]) -> Turn | None:
    """The first batch begins by itself, every other one after a yes. None while the one before has not ended."""
    order, size = tuple(state.regions), state.strategy.max_parallel
    first = order.index(to_come[0]) // size * size
    places = order[first : first + size]
    batch = tuple(region for region in places if region in to_come)
    if set(state.those("running", "waits")) - set(places):
        return None
    if first == 0:
        return Begin(batch)
    path = gate_before(order[first])
    decision = state.gates.get(path, "")
    if not decision:
        return AskGate(path, batch)
    if decision == "approved":
        return Begin(batch)
    return LeaveOut(to_come, "gate", f"the gate {path} was not approved ({decision})")


def _rest(state: Coordination) -> Turn:
    if state.those("running"):
        return Wait()
    if held := state.those("waits"):
        return Hold(held)
    parts = [
        f"{_names(regions)} {what}"
        for regions, what in (
            (state.those("failed", "aborted"), "failed"),
            (state.those("left_out"), "not rolled back"),
        )
        if regions
    ]
    return End("failed" if parts else "passed", ", ".join(parts))


def _names(regions: tuple[str, ...]) -> str:
    return ", ".join(regions)


def _allowed(state: Coordination) -> str:
    most = state.strategy.max_failures
    return f"the plan goes on after {most} at most" if most else "the plan goes on after none"
