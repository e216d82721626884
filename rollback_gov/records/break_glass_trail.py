"""What the audit log knows of break-glasses: whoever removes or changes a file does not remove that it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from rollback_gov.model.record import Record
from rollback_gov.records.audit.entry import Entry
from rollback_gov.records.break_glass import SIGNED_LEVEL, BreakGlasses, StoredBreakGlass, review_due
from rollback_gov.records.errors import RecordError
from rollback_gov.records.times import moment, stamp

PREFIX = "break-glass."
"""How their events begin in the log."""


class Told(Record):
    """A break-glass as the log tells of it. Times are UTC (ISO 8601)."""

    sha256: str
    operation: str
    services: tuple[str, ...]
    level: int
    asked_by: str
    authorised_by: str
    opened: str
    review_due: str
    reviewed_by: str = ""
    """Empty while nobody has reviewed it."""

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether it should have been reviewed by now."""
        return not self.reviewed_by and now >= moment(self.review_due)


def told(entries: Iterable[Entry]) -> tuple[Told, ...]:
    """Give every break-glass that was opened, by the entries of a log, the oldest first.

    Raises RecordError for one whose time leaves none for a review.
    """
    opened, reviews = dict[str, Entry](), dict[str, str]()
    for entry in entries:
        if entry.event == "break-glass.opened" and entry.data.get("sha256"):
            opened.setdefault(str(entry.data["sha256"]), entry)
        elif entry.event == "break-glass.reviewed" and entry.data.get("break_glass"):
            reviews[str(entry.data["break_glass"])] = entry.by
    return tuple(_told(sha256, entry, reviews.get(sha256, "")) for sha256, entry in opened.items())


def lost(known: Iterable[Told], glasses: BreakGlasses) -> tuple[Told, ...]:
    """Give those whose file is not here, or says something else by now, and that nobody has reviewed."""
    here = {glass.sha256 for glass in glasses.found}
    return tuple(one for one in known if one.sha256 not in here and not one.reviewed_by)


def without_review(known: Iterable[Told], glasses: BreakGlasses) -> Iterator[tuple[Told, StoredBreakGlass]]:
    """Give those that were reviewed, while no review that counts is here (any more)."""
    here = {glass.sha256: glass for glass in glasses.found if glass.review is None}
    return ((one, here[one.sha256]) for one in known if one.reviewed_by and one.sha256 in here)


def _told(sha256: str, entry: Entry, reviewed_by: str) -> Told:
    data: Mapping[str, Any] = entry.data
    services = data.get("services", ())
    level = data.get("level")
    return Told(
        sha256=sha256,
        operation=entry.operation,
        services=tuple(map(str, services)) if isinstance(services, list) else (),
        level=level if isinstance(level, int) else SIGNED_LEVEL,
        asked_by=entry.by,
        authorised_by=str(data.get("authorised_by", "")),
        opened=entry.at,
        review_due=_review_due(sha256, entry.at),
        reviewed_by=reviewed_by,
    )


def _review_due(sha256: str, opened: str) -> str:
    try:
        return stamp(review_due(moment(opened)))
    except OverflowError as error:
        raise RecordError(
            f"The audit log says that the break-glass {sha256[:12]} was opened at {opened}, "
            f"which leaves no time for a review."
        ) from error
