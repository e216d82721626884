"""What called for the rollback: a trigger or a person, what was measured, and how long it took to notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rollback_gov.reports.fact import Derived, Entered, Fact, Measured, NotMeasured, Seconds, entered
from rollback_gov.reports.log import Data, Log, between

_AT_DECISION = "said at the decision"
_BY_TRIGGER = "the trigger's reading"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerFact:
    """What the decision rested on. ``delay`` is the time from the first breach to the decision."""

    trigger: Fact[str]
    text: Fact[str]
    metric: Fact[str]
    value: Fact[str]
    threshold: Fact[str]
    duration: Fact[str]
    first_breach: Fact[str]
    delay: Fact[Seconds]
    decided_by: Fact[str]
    authorised_by: Fact[str]
    quick_fix: Fact[str]


def trigger_type(log: Log) -> Literal["automatic", "manual"]:
    """Say what noticed the failure: ``automatic`` where a trigger fired, even if a person then decided."""
    return "automatic" if log.started.get("reason", {}).get("trigger") else "manual"


def trigger(log: Log) -> TriggerFact:
    """Analyse the reason with which the run began."""
    reason: Data = log.started.get("reason", {})
    fired = trigger_type(log) == "automatic"

    def reading(name: str) -> Fact[str]:
        text = reason.get(name, "")
        if not text:
            return NotMeasured("no trigger fired" if not fired else "the trigger did not say")
        return Measured(text, _BY_TRIGGER) if fired else Entered(text, _AT_DECISION)

    def said(name: str) -> Fact[str]:
        return entered(reason.get(name, ""), _AT_DECISION)

    return TriggerFact(
        trigger=reading("trigger"),
        text=said("text"),
        metric=reading("metric"),
        value=reading("value"),
        threshold=reading("threshold"),
        duration=reading("duration"),
        first_breach=reading("first_breach"),
        delay=_delay(reading("first_breach"), log.started.get("decided_at", "")),
        decided_by=said("decided_by"),
        authorised_by=said("authorised_by"),
        quick_fix=said("quick_fix"),
    )


def _delay(first_breach: Fact[str], decided_at: str) -> Fact[Seconds]:
    if isinstance(first_breach, NotMeasured):
        return first_breach
    took = between(first_breach.value, decided_at)
    return took if isinstance(took, NotMeasured) else Derived(took, "from the first breach to the decision")
