"""What is known of a plan beside its findings: rehearsals, what changed since, and what a permit still needs."""

from __future__ import annotations

from rollback_gov.model.record import Record


class Edit(Record):
    """One thing that runs differently, in words; ``lines`` are the changed lines of a longer text, as a diff."""

    text: str
    lines: tuple[str, ...] = ()


class Change(Record):
    """What of that which runs has changed since a rehearsal. ``again`` is what is to be rehearsed again."""

    since: str
    edits: tuple[Edit, ...]
    again: tuple[str, ...]


class Rehearsals(Record):
    """How the rehearsals stand, one sentence each, and what they leave open at this level."""

    level: int
    enough: bool
    rehearsals: tuple[str, ...]
    gaps: tuple[str, ...]


class PermitNeeds(Record):
    """What is missing for a permit to one environment; nothing: it could be issued."""

    environment: str
    missing: tuple[str, ...]


class PlanFacts(Record):
    """One plan. ``change`` is None where it was never rehearsed.

    ``unknown`` has a sentence for everything that could not be evaluated: that is not the same as nothing.
    """

    rehearsals: Rehearsals | None = None
    change: Change | None = None
    permits: tuple[PermitNeeds, ...] = ()
    unknown: tuple[str, ...] = ()
