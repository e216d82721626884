"""What a watch would have read at each of its ticks in the past."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

from rollback_gov.model.errors import UsageError
from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, Observation
from rollback_gov.model.trigger import Trigger
from rollback_gov.sources.book import SourceBook
from rollback_gov.sources.span import Span
from rollback_gov.triggers.condition import queries
from rollback_gov.triggers.machine import interval
from rollback_gov.triggers.tick import Readings, Rules

AT_ONCE = 4
"""Questions to a source side by side: a history is large, and the server has its users too."""
MOST_READINGS = 5_000_000
Told: TypeAlias = Callable[[int, int], None]
"""Told how many questions of how many have their answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The readings of one trigger: its times, and what each role read at each of them."""

    trigger: str
    span: Span
    roles: Mapping[str, Sequence[Observation]]

    def at(self, moment: int) -> dict[str, Observation] | None:
        """Give the readings at a time (milliseconds); None where the trigger was not due."""
        index, beside = divmod(moment - self.span.start, self.span.step)
        if beside or not 0 <= index < self.span.count:
            return None
        return {role: seen[index] for role, seen in self.roles.items()}


def keeps_no_history(trigger: Trigger, book: SourceBook) -> str:
    """Name the kind of a source of a trigger that cannot tell what was; empty where all of them can."""
    return next((book.kind(query) for query in queries(trigger).values() if not book.has_history(query)), "")


def read_history(
    book: SourceBook, rules: Rules, begins: float, ends: float, *, infinite: bool, told: Told
) -> Iterator[tuple[float, Readings]]:
    """Give the readings of all triggers at each tick between two times (seconds since the epoch).

    A trigger is due at the multiples of its interval. Everything is read before the first tick is given. Raises
    UsageError for a time that is too long, and for a source that gives no answer: half a history proves nothing.
    """
    spans = {
        trigger.id: Span.between(round(begins * 1000), round(ends * 1000), interval(trigger, rules.every).milliseconds)
        for trigger in rules.triggers
    }
    asked = {
        (repr(query), spans[trigger.id]): query for trigger in rules.triggers for query in queries(trigger).values()
    }
    number = sum(span.count for _, span in asked)
    if number > MOST_READINGS:
        raise UsageError(
            f"Those would be {number} readings, and {MOST_READINGS} are the most.",
            hint="Choose a shorter time, or a longer --every.",
        )
    answers = _answers(book, asked, infinite=infinite, told=told)
    parts = [
        Part(
            trigger=trigger.id,
            span=spans[trigger.id],
            roles={role: answers[repr(query), spans[trigger.id]] for role, query in queries(trigger).items()},
        )
        for trigger in rules.triggers
    ]
    return _ticks(parts)


def _ticks(parts: Sequence[Part]) -> Iterator[tuple[float, Readings]]:
    for moment in sorted({moment for span in {part.span for part in parts} for moment in span.times}):
        readings = {part.trigger: seen for part in parts if (seen := part.at(moment)) is not None}
        yield moment / 1000, readings


def _answers(
    book: SourceBook, asked: Mapping[tuple[str, Span], Query], *, infinite: bool, told: Told
) -> dict[tuple[str, Span], list[Observation]]:
    """Read every query over its span, piece by piece, some side by side."""
    pieces = [(key, query, piece) for key, query in asked.items() for piece in key[1].pieces()]
    found: dict[tuple[str, Span], list[Observation]] = {key: [] for key in asked}
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="history")
    try:
        futures = [pool.submit(book.read_span, query, piece, infinite=infinite) for _, query, piece in pieces]
        for number, ((key, query, _), future) in enumerate(zip(pieces, futures, strict=True)):
            told(number, len(pieces))
            seen = future.result()
            if isinstance(seen, Error):
                raise UsageError(f"The history of `{query.expr}` cannot be read: {seen.reason}.")
            found[key] += seen
        told(len(pieces), len(pieces))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return found
