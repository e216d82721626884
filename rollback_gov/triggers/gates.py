"""What a decision has to pass before anything is run: the gates in their order, and what follows from them. Pure.

First law: a gate that fails turns what would be done without asking into something that asks and calls people. It never
turns it into nothing. Three findings leave nothing to ask about: another version is live than this operation deployed,
going back is impossible, and a baseline that is bad itself, for as long as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rollback_gov.model.observation import Value
from rollback_gov.model.trigger import Trigger
from rollback_gov.triggers.condition import COMPARISONS, limits, shown
from rollback_gov.triggers.decision import Conduct, Decision, allies
from rollback_gov.triggers.tick import Rules, Tick, firings

ARMED, MODE, POINT_OF_NO_RETURN, SAFETY = "armed", "mode", "point-of-no-return", "safety"
REHEARSAL, BASELINE, LIVE_VERSION, LEASE = "rehearsal", "baseline", "live-version", "lease"
ORDER = (ARMED, MODE, POINT_OF_NO_RETURN, SAFETY, REHEARSAL, BASELINE, LIVE_VERSION, LEASE)
_DOUBTS = (ARMED, SAFETY, REHEARSAL, LIVE_VERSION, LEASE)
"""Gates whose failure the run has a person override by name. A point of no return that nobody could detect is asked
about by the run itself, as of whoever starts it by hand."""


class Outcome(StrEnum):
    """What a gate said. ``absent``: the plan has nothing to ask here."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate's outcome, with a sentence."""

    name: str
    outcome: Outcome
    detail: str = ""

    @property
    def text(self) -> str:
        """In one line, for people."""
        return f"{self.name} {self.outcome}" + (f": {self.detail}" if self.detail else "")

    @property
    def is_open(self) -> bool:
        """Nothing stands in the way here."""
        return self.outcome in (Outcome.PASSED, Outcome.ABSENT)


class Course(StrEnum):
    """What follows from the gates."""

    GO = "go"
    """As the mode says; with doubts it asks."""
    TELL = "tell"
    BEYOND = "beyond the point of no return"
    HOLD = "investigate"
    """At most investigate, for as long as the baseline is bad."""
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What is done: its course, and what a person has to override, check by check, with the reason why."""

    course: Course
    conduct: Conduct
    doubts: Mapping[str, str] = field(default_factory=dict)
    why: str = ""


def rule(decision: Decision, gates: Iterable[Gate]) -> Ruling:
    """Say what follows from what the gates said. Gates that were not asked say nothing."""
    seen = {gate.name: gate for gate in gates}
    point, live, baseline = (_or_absent(seen, name) for name in (POINT_OF_NO_RETURN, LIVE_VERSION, BASELINE))
    if decision.conduct is Conduct.TELL:
        return Ruling(course=Course.TELL, conduct=Conduct.TELL)
    for gate, course in ((live, Course.SUPERSEDED), (point, Course.BEYOND), (baseline, Course.HOLD)):
        if gate.outcome is Outcome.FAILED:
            return Ruling(course=course, conduct=Conduct.TELL, why=gate.detail)
    doubts = {name: seen[name].detail for name in _DOUBTS if name in seen and not seen[name].is_open}
    why = "; ".join(gate.text for gate in seen.values() if not gate.is_open)
    return Ruling(course=Course.GO, conduct=decision.conduct, doubts=doubts, why=why)


def baseline_gate(decision: Decision, tick: Tick, rules: Rules) -> Gate:
    """Say whether what the change is compared with is fine itself.

    It fails when every trigger that calls for it compares with something that is bad: then both are ill, and rolling
    back is unlikely to help. One trigger that does not compare, or compares with something that is fine, is enough,
    in whichever row of the decision.
    """
    names = allies(decision, firings(rules, tick.states), rules.bands, at=tick.at)
    judged = [_bad(rules.trigger(name), tick, rules) for name in names]
    if all(rules.trigger(name).baseline_limit is None for name in names):
        return Gate(BASELINE, Outcome.ABSENT)
    if judged and all(judged):
        why = f"{'; '.join(judged)}: rolling back is unlikely to help"
        return Gate(BASELINE, Outcome.FAILED, why)
    return Gate(BASELINE, Outcome.PASSED)


def gates_data(decision: Mapping[str, Any], gates: Iterable[Gate], ruling: Ruling) -> dict[str, Any]:
    """Give the data of ``gates`` in the decision log."""
    return {
        "decision": dict(decision),
        "gates": [{"gate": gate.name, "outcome": gate.outcome.value, "detail": gate.detail} for gate in gates],
        "course": ruling.course.value,
        "asks": sorted(ruling.doubts),
    }


def _bad(trigger: Trigger, tick: Tick, rules: Rules) -> str:
    """Say how the other side of a comparison is bad itself; empty when it is not, or nobody knows."""
    limit = trigger.baseline_limit
    readings = next((entry.readings for entry in tick.entries if entry.trigger == trigger.id), {})
    for name, side in limits(trigger).items():
        if limit is None or not (side.query or side.baseline):
            continue
        seen = readings.get(name)
        number = (
            rules.baseline.get(side.baseline) if side.baseline else seen.number if isinstance(seen, Value) else None
        )
        words, holds = COMPARISONS[name]
        if number is not None and holds(number, limit):
            return f"what {trigger.id} compares with is {words} {shown(limit)} itself: {shown(number)}"
    return ""


def _or_absent(seen: Mapping[str, Gate], name: str) -> Gate:
    return seen.get(name, Gate(name, Outcome.ABSENT))
