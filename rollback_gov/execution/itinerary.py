"""What a run will do, decided before it starts: phases, their steps, and the order of their alternatives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from rollback_gov.model.errors import UsageError
from rollback_gov.model.plan import Plan, Selection
from rollback_gov.model.record import Record
from rollback_gov.model.step import Alternative, Phase, Step

VERIFICATION = "verification"


class Choices(Record):
    """What a person chose of a plan. ``skip`` maps steps (``phase/step``) to the reason why not."""

    scenario: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    start_at: str = ""
    skip: Mapping[str, str] = field(default_factory=dict)


class Leg(Record):
    """One phase of the way. ``path`` is ``SECTION/PHASE``; ``ways`` are its alternatives in the order of trying."""

    path: str
    phase: Phase
    ways: tuple[Alternative, ...]

    def steps(self, way: Alternative) -> tuple[tuple[str, Step], ...]:
        """The steps of one alternative with their paths."""
        stem = f"{self.path}/{way.id}" if way.id else self.path
        return tuple((f"{stem}/{step.id}", step) for step in way.steps)

    @property
    def budget_seconds(self) -> float:
        """The phase's budget; 0 where it has none."""
        return self.phase.budget.seconds if self.phase.budget else 0.0

    @property
    def record(self) -> dict[str, Any]:
        """As ``run.started`` lists it."""
        return {
            "path": self.path,
            "title": self.phase.title,
            "budget_seconds": self.budget_seconds,
            "objective": self.phase.objective,
        }


class Itinerary(Record):
    """The whole way: the phases of the rollback, those that clean up after its verification, and the last resort."""

    legs: tuple[Leg, ...]
    recovery: tuple[Leg, ...]
    last_resort: tuple[Leg, ...] = ()

    def leg(self, path: str) -> Leg:
        """Give the phase of that path. Raises KeyError."""
        return {leg.path: leg for leg in (*self.legs, *self.recovery, *self.last_resort)}[path]


def plan_itinerary(plan: Plan, choices: Choices, *, forward_fix: bool = False) -> Itinerary:
    """Lay out the way. Past the point of no return the forward fix stands where the first guarded phase was.

    Raises UsageError for a scenario, phase, step or alternative that the plan does not have.
    """
    scenario = _scenario(plan, choices.scenario)
    selections = {item.id: item for item in scenario.phases} if scenario else None
    options = {**((scenario.options if scenario else None) or {}), **choices.options}
    _check(plan, options, choices)
    legs = [
        _leg("phases", _select(phase, selections), options)
        for phase in plan.phases
        if selections is None or phase.id in selections
    ]
    legs = _from(legs, choices.start_at)
    if forward_fix:
        legs = _with_forward_fix(plan, legs)
    return Itinerary(
        legs=tuple(legs),
        recovery=tuple(_leg("recovery", phase, {}) for phase in plan.recovery),
        last_resort=tuple(_leg("last_resort", phase, {}) for phase in plan.last_resort),
    )


def _scenario(plan: Plan, name: str) -> Any:
    if not name:
        return None
    scenario = plan.scenario(name)
    if scenario is None:
        known = ", ".join(item.id for item in plan.scenarios) or "none"
        raise UsageError(f"The plan has no scenario '{name}' (it has: {known}).")
    return scenario


def _check(plan: Plan, options: Mapping[str, str], choices: Choices) -> None:
    phases = {phase.id: phase for phase in plan.phases}
    for phase, option in options.items():
        known = [way.id for way in phases[phase].alternatives] if phase in phases else []
        if option not in known:
            raise UsageError(f"Phase '{phase}' has no alternative '{option}' (it has: {', '.join(known) or 'none'}).")
    steps = {f"{phase.id}/{step.id}" for phase in plan.phases for step in phase.all_steps}
    for step in choices.skip:
        if step not in steps:
            raise UsageError(f"There is no step '{step}'.", hint="Name it as PHASE/STEP.")


def _select(phase: Phase, selections: Mapping[str, Selection] | None) -> Phase:
    wanted = selections[phase.id].steps if selections else ()
    if not wanted:
        return phase
    ways = tuple(
        replace(way, steps=tuple(step for step in way.steps if step.id in wanted))
        for way in phase.alternatives
        if any(step.id in wanted for step in way.steps)
    )
    return replace(phase, steps=tuple(step for step in phase.steps if step.id in wanted), alternatives=ways)


def _leg(section: str, phase: Phase, options: Mapping[str, str]) -> Leg:
    first = options.get(phase.id, "")
    ways = sorted(phase.ways, key=lambda way: way.id != first)
    return Leg(path=f"{section}/{phase.id}", phase=phase, ways=tuple(ways))


def _from(legs: list[Leg], start_at: str) -> list[Leg]:
    if not start_at:
        return legs
    names = [leg.phase.id for leg in legs]
    if start_at not in names:
        raise UsageError(f"There is no phase '{start_at}' to start at (there are: {', '.join(names)}).")
    return legs[names.index(start_at) :]


def _with_forward_fix(plan: Plan, legs: list[Leg]) -> list[Leg]:
    guarded = [index for index, leg in enumerate(legs) if leg.phase.id in plan.guarded]
    if not guarded:
        return legs
    at = guarded[0]
    fix = [_leg("forward_fix", phase, {}) for phase in plan.forward_fix]
    before, after = legs[:at], [leg for leg in legs[at:] if leg.phase.id not in plan.guarded]
    return [*before, *fix, *after]
