"""A trigger that fired, as the reason of a rollback."""

from __future__ import annotations

from dataclasses import replace

from rollback_gov.model.reason import RollbackReason
from rollback_gov.triggers.decision import Decision
from rollback_gov.triggers.explain import duration, lasting, metric, threshold
from rollback_gov.triggers.line import stamp
from rollback_gov.triggers.state import State
from rollback_gov.triggers.tick import Rules, Tick


def reason_of(decision: Decision, tick: Tick, rules: Rules, *, decided_by: str, gates: str = "") -> RollbackReason:
    """Give a decision's reason; its measurement is that of the trigger that fired first."""
    first = decision.triggers[0]
    reason = _reason(rules, first, tick.states[first], text=decision.reason, decided_by=decided_by)
    return replace(reason, gates=gates)


def reason_of_trigger(name: str, tick: Tick, rules: Rules, *, decided_by: str) -> RollbackReason:
    """Give the reason out of one trigger that fired, whatever the bands say."""
    trigger, state = rules.trigger(name), tick.states[name]
    text = f"{name}: {state.reason}{lasting(trigger, rules.every)}"
    return _reason(rules, name, state, text=text, decided_by=decided_by)


def _reason(rules: Rules, name: str, state: State, *, text: str, decided_by: str) -> RollbackReason:
    trigger = rules.trigger(name)
    return RollbackReason(
        text=text,
        decided_by=decided_by,
        trigger=name,
        metric=metric(trigger.query),
        value=state.value,
        threshold=threshold(trigger),
        duration=duration(trigger, rules.every),
        first_breach=stamp(state.first_breach / 1000) if state.first_breach is not None else "",
    )
