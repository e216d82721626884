"""Findings that are accepted for a while (.rollback-gov/waivers.yaml)."""

from __future__ import annotations

from rollback_gov.model.record import Record


class Waiver(Record):
    """Accepts the findings of one rule in one operation: in one step, or (without ``step``) anywhere in the plan.

    ``created`` and ``expires`` are dates, YYYY-MM-DD; it counts from the first to the last, both inclusive.
    """

    rule: str
    operation: str
    step: str = ""
    """As a run's journal names it: phases/undo/migrate."""
    reason: str
    ticket: str = ""
    owner: str
    approved_by: str
    created: str
    expires: str
    count: int | None = None
    """How many findings it accepts at most; all where it is left out."""
    debt: bool = False
    """It was written by `accept-existing`, for what was there when the rules were adopted."""


class Waivers(Record):
    """All waivers of a repository."""

    waivers: tuple[Waiver, ...] = ()
