"""What called for the rollbacks: triggers, and people."""

from __future__ import annotations

from collections.abc import Iterable

from rollback_gov.model.record import Record
from rollback_gov.reports.dashboard.figures import Measure, known, number, spread
from rollback_gov.reports.fact import NotMeasured
from rollback_gov.reports.run_facts import RunFacts

BY_HAND = "a person, without a trigger"


class SetOff(Record):
    """A trigger by its id, or people. ``noticed``: seconds from the first breach to the decision."""

    what: str
    automatic: bool
    count: int
    noticed: Measure


def set_off(runs: Iterable[RunFacts]) -> tuple[SetOff, ...]:
    """Count what set off each, the most frequent first."""
    groups: dict[tuple[str, bool], list[RunFacts]] = {}
    for facts in runs:
        groups.setdefault(_what(facts), []).append(facts)
    found = [
        SetOff(
            what=what,
            automatic=automatic,
            count=len(group),
            noticed=spread(known([number(facts.trigger.delay) for facts in group]), "no first breach is written down"),
        )
        for (what, automatic), group in groups.items()
    ]
    return tuple(sorted(found, key=lambda row: (-row.count, row.what)))


def _what(facts: RunFacts) -> tuple[str, bool]:
    trigger = facts.trigger.trigger
    return (BY_HAND, False) if isinstance(trigger, NotMeasured) else (trigger.value, True)
