"""How long something takes, told apart from deadlines, windows and rhythms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from rollback_gov.model.duration import UNITS, Duration
from rollback_gov.plans.runbook.words import folded, is_latin, words

_NUMBER = r"[0-9]{1,6}"
_DASH = r"(?:\s{0,3}[-–—~]\s{0,3}|\s{1,3}(?:to|bis|a)\s{1,3})"
LONGEST = 365 * UNITS["d"]
"""A year: what takes longer is no part of a rollback, but a mistake."""


class _Patterns(NamedTuple):
    span: re.Pattern[str]
    window: re.Pattern[str]
    timed: re.Pattern[str]
    """A number before a unit, which every span has."""


@cache
def _patterns() -> _Patterns:
    spelled = sorted(words().units, key=len, reverse=True)
    unit = "|".join(rf"{re.escape(word)}(?![a-z0-9])" if is_latin(word) else re.escape(word) for word in spelled)
    span = (
        rf"(?<![\w.+])(?:(?P<first>{_NUMBER})\s{{0,3}}(?P<its>{unit})?{_DASH}(?P<last>{_NUMBER})[\s-]{{0,3}}(?P<unit>{unit})"
        rf"|(?P<one>{_NUMBER})[\s-]{{0,3}}(?P<of>{unit})(?:\s{{0,3}}(?P<more>{_NUMBER})\s{{0,3}}(?P<smaller>{unit}))?)"
    )
    anonymous = re.sub(r"\(\?P<\w+>", "(?:", span).replace(r"(?<![\w.+])", "")
    before, behind = (words().lists[name].pattern for name in ("windows", "windows_behind"))
    window = (
        rf"(?:{before})\s{{0,3}}(?:{anonymous})"
        rf"|(?<![\w.+])(?:{_NUMBER}\s{{0,3}}(?:{unit})?{_DASH}{_NUMBER}\s{{0,3}}(?:{unit}))"
        rf"|(?<![\w.+]){_NUMBER}\s{{0,3}}(?:{unit})\s{{0,3}}(?:{behind})"
    )
    return _Patterns(re.compile(span), re.compile(window), re.compile(rf"[0-9][\s-]{{0,3}}(?:{unit})"))


def windows_in(text: str) -> Iterator[str]:
    """Give the spans of a text that say when, not how long: "within 24 hours", "T+10 minutes", "0-15 minutes"."""
    said = folded(text)
    for found in _patterns().window.finditer(said) if _patterns().timed.search(said) else ():
        yield text[found.start() : found.end()] if len(said) == len(text) else found[0]


def duration_in(text: str) -> str:
    """Give the time that something takes as plans write it (``2m``); of a range the longer end.

    Nothing for a deadline, a rhythm, and a stretch that begins at zero or has two units ("15 minutes - 1 hour").
    """
    said = folded(text)
    found = _patterns().span.search(said) if _patterns().timed.search(said) else None
    if found is None or words().lists["windows"].search(said) or found["its"] or found["first"] == "0":
        return ""
    if found["one"] is None:
        return written(_length(found["last"], found["unit"]))
    more = _length(found["more"], found["smaller"]) if found["more"] else 0
    return written(_length(found["one"], found["of"]) + more)


def stretch(text: str) -> tuple[int, int] | None:
    """Give both ends of "15 minutes - 1 hour" or "5-15 minutes" in milliseconds, or None."""
    found = _patterns().span.search(folded(text))
    if found is None or found["first"] is None:
        return None
    return _length(found["first"], found["its"] or found["unit"]), _length(found["last"], found["unit"])


def beginning(text: str) -> int | None:
    """Give the time at which "(5-15 minutes)" or "(30+ minutes)" begins in milliseconds, or None."""
    found = _patterns().span.search(folded(text).replace("+", " "))
    if found is None:
        return None
    if found["first"] is None:
        return _length(found["one"], found["of"])
    return _length(found["first"], found["its"] or found["unit"])


@lru_cache(maxsize=4096)
def written(milliseconds: int) -> str:
    """Give a length as plans write it; nothing for one beyond what a plan may say."""
    return str(Duration(milliseconds)) if milliseconds <= LONGEST else ""


def _length(number: str, unit: str) -> int:
    return int(number) * UNITS[words().units[unit]]
