"""A watch that sees nothing holds the permit: nothing goes out while nobody would notice that it is bad."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rollback_gov.model.plan import Plan
from rollback_gov.records.verdict import Code, Reason, reason
from rollback_gov.triggers.narrative import BLIND_AFTER, blind
from rollback_gov.triggers.state import State
from rollback_gov.triggers.store import load
from rollback_gov.triggers.tick import Rules

SIDE_BY_SIDE = 300.0
"""Seconds within which two watchers last wrote when both are taken to watch still."""


def blind_watch(folder: Path, plan: Plan, environment: str, now: float, *, region: str = "") -> tuple[Reason, ...]:
    """Give the reason against a permit where the watchers of a folder are blind; none where there is no watch.

    Offline: what counts is what they wrote within the last hour. Of several watchers one that sees is enough.
    ``now`` is seconds since the epoch.
    """
    watches = list(_watches(folder, plan, now))
    newest = max((_written(states) for states in watches), default=0.0)
    current = [states for states in watches if newest - _written(states) <= SIDE_BY_SIDE]
    unseen = [name for name in (current[0] if current else ()) if all(name in blind(states) for states in current)]
    if not unseen:
        return ()
    operation = plan.metadata.operation
    where = f"{environment} ({region})" if region else environment
    words = f"{environment} --region {region}" if region else environment
    return (
        reason(
            Code.BLIND,
            f"The watch of {operation} in {where} is blind: {', '.join(unseen)} could not be evaluated "
            f"{BLIND_AFTER} times in a row or more.",
            f"See that the monitoring answers, then: rollback-gov watch … --environment {words} --once",
        ),
    )


def _watches(folder: Path, plan: Plan, now: float) -> Iterator[dict[str, State]]:
    """Give the states of each watcher that wrote lately, of the triggers that the plan still has."""
    rules = Rules.of(plan)
    for path in sorted(folder.glob("state*.json")):
        if states := dict(load(path, rules, at=now).states):
            yield states


def _written(states: dict[str, State]) -> float:
    return max(state.last or 0 for state in states.values()) / 1000
