"""What people took on and have not done yet: actions out of the runs' documents, and findings that are waived."""

from __future__ import annotations

from collections.abc import Iterable

from rollback_gov.model.record import Record


class OpenAction(Record):
    """An accepted action. ``due`` is YEAR-MONTH-DAY; what nobody named is empty."""

    run: str
    text: str
    owner: str
    due: str
    report: str = ""

    def is_overdue(self, today: str) -> bool:
        """Whether its day is over."""
        return bool(self.due) and self.due < today


class OpenWaiver(Record):
    """An accepted finding. ``counts`` is whether it does so today, ``message`` what is to be said about it."""

    rule: str
    operation: str
    owner: str
    expires: str
    reason: str
    counts: bool
    message: str


def by_due(actions: Iterable[OpenAction]) -> tuple[OpenAction, ...]:
    """Sort actions by their day; those without one come last."""
    return tuple(sorted(actions, key=lambda item: (not item.due, item.due, item.run, item.text)))


def by_expiry(waivers: Iterable[OpenWaiver]) -> tuple[OpenWaiver, ...]:
    """Sort waivers: those that do not count first, then by their last day."""
    return tuple(sorted(waivers, key=lambda item: (item.counts, item.expires, item.operation, item.rule)))
