"""One tick: readings in, new states and a decision out. Pure, so that a log of readings can be replayed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from rollback_gov.model.duration import Duration
from rollback_gov.model.number import format_number
from rollback_gov.model.observation import Observation, Value
from rollback_gov.model.plan import Plan
from rollback_gov.model.trigger import Band, Trigger
from rollback_gov.triggers.clock_set import moved
from rollback_gov.triggers.condition import VALUE, Judgement, judge
from rollback_gov.triggers.decision import Decision, Firing, Mode, decide
from rollback_gov.triggers.explain import lasting
from rollback_gov.triggers.form import FORM, LOW_TRAFFIC
from rollback_gov.triggers.machine import machine_of, step
from rollback_gov.triggers.state import Reading, State, Status

Readings = Mapping[str, Mapping[str, Observation]]
"""Trigger id -> role -> observation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything that decides beside the readings."""

    triggers: tuple[Trigger, ...]
    bands: tuple[Band, ...] = ()
    every: Duration
    align: Duration | None = None
    """How long after each multiple of ``every`` on the clock a reading is due; None: when the watch began."""
    mode: Mode
    baseline: Mapping[str, Decimal] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        plan: Plan,
        *,
        every: Duration | None = None,
        mode: Mode | None = None,
        baseline: Mapping[str, Decimal] | None = None,
    ) -> Rules:
        """Give the rules of a plan; what is chosen beside it goes before it."""
        return cls(
            triggers=plan.triggers,
            bands=plan.decision,
            every=every or plan.watch.every,
            align=plan.watch.align,
            mode=mode or plan.watch.mode,
            baseline=baseline or {},
        )

    def trigger(self, name: str) -> Trigger:
        """Give a trigger by its id. Raises KeyError."""
        return {trigger.id: trigger for trigger in self.triggers}[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one tick found for one trigger."""

    trigger: str
    readings: Mapping[str, Observation]
    judgement: Judgement
    before: State
    after: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One tick's result. ``at`` is seconds since the epoch; ``states`` has every trigger, read in this tick or not.

    ``clock_set`` is by how many milliseconds the clock was set since the tick before (back with a minus).
    """

    at: float
    entries: tuple[Entry, ...]
    states: Mapping[str, State]
    decision: Decision | None
    clock_set: int = 0


def tick(
    rules: Rules,
    states: Mapping[str, State],
    readings: Readings,
    at: float,
    *,
    clock_set: int = 0,
    form: int = FORM,
) -> Tick:
    """Take the readings of one tick into account; triggers without readings stay as they are.

    ``form`` is that of the log out of which the readings are: what was decided then is decided again.
    """
    states = moved(states, clock_set)
    entries = tuple(
        _entry(trigger, rules, states.get(trigger.id, State()), readings[trigger.id], at, form)
        for trigger in rules.triggers
        if trigger.id in readings
    )
    after = {trigger.id: states.get(trigger.id, State()) for trigger in rules.triggers}
    after |= {entry.trigger: entry.after for entry in entries}
    decision = decide(firings(rules, after), rules.bands, mode=rules.mode, at=at)
    return Tick(at=at, entries=entries, states=after, decision=decision, clock_set=clock_set)


def firings(rules: Rules, states: Mapping[str, State]) -> dict[str, Firing]:
    """Give the triggers that have fired."""
    return {
        trigger.id: Firing(
            at=state.fired_at / 1000, reason=state.reason + lasting(trigger, rules.every), recovered=state.recovered
        )
        for trigger in rules.triggers
        if (state := states[trigger.id]).status is Status.FIRED and state.fired_at is not None
    }


def _entry(
    trigger: Trigger, rules: Rules, before: State, readings: Mapping[str, Observation], at: float, form: int
) -> Entry:
    judgement = judge(trigger, readings, rules.baseline, tells_low_traffic=form >= LOW_TRAFFIC)
    seen = readings[VALUE]
    reading = Reading(
        verdict=judgement.verdict,
        sample=seen.sample if isinstance(seen, Value) else 0.0,
        value=format_number(seen.number) if isinstance(seen, Value) else "no data",
        reason=judgement.reason,
        low_traffic=judgement.low_traffic,
    )
    after = step(machine_of(trigger, rules.every), before, reading, at)
    return Entry(trigger=trigger.id, readings=readings, judgement=judgement, before=before, after=after)
