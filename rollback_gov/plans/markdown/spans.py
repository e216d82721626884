"""Spans of time in words: "2 minutes" is ``2m``, and back."""

from __future__ import annotations

import re
from functools import lru_cache

from rollback_gov.model.duration import UNITS, Duration

_UNITS = {"d": "day", "h": "hour", "m": "minute", "s": "second"}
_SPELLED = {"ms": "ms", "millisecond": "ms", "sec": "s", "min": "m", "hr": "h"}
_SPELLED |= {letter: letter for letter in _UNITS} | {word: letter for letter, word in _UNITS.items()}
_ABOUT = re.compile(
    r"(?:(?:~|≈|<|≤|about|around|approx(?:imately|\.)?|ca\.?|circa|roughly|max(?:imum|\.)?|up to|at most|under"
    r"|est(?:imated?|\.)?:?|estimated time:|time:)\s*)+",
    re.IGNORECASE,
)
_AT_MOST = re.compile(r"\s+(?:max(?:imum|\.)?|at most|or less|approx\.?)$", re.IGNORECASE)
_STRETCH = re.compile(
    r"(?P<first>[0-9]{1,6})\s*(?:s|sec|seconds?|m|mins?|minutes?|h|hours?)?\s*(?:[-–—~～]|to)\s*(?=[0-9])",
    re.IGNORECASE,
)
_EXACT = re.compile(
    r"(?:(?:~|≈|about|around|approx(?:imately|\.)?|ca\.?|circa|roughly)\s*)?"
    r"(?P<span>(?:[0-9]{1,6}\s{0,3}[A-Za-z]{1,12}(?:,?\s{1,3}(?:and\s{1,3})?(?=[0-9]))?)+)\.?(?=$|\s*[(;]|\s+of\b|(?<=\.)\s)",
    re.IGNORECASE,
)
_PART = re.compile(r"(\d+)\s*([A-Za-z]+)\b\.?(?:,?\s+(?:and\s+)?(?=\d))?", re.ASCII)


@lru_cache(maxsize=4096)
def span_of(text: str) -> str | None:
    """Give a span as plans write it (``2m``), or None for text that is none."""
    text = text.strip()
    try:
        Duration.parse(text)
    except ValueError:
        return _in_words(text)
    return text


@lru_cache(maxsize=4096)
def estimate_of(text: str) -> str | None:
    """Give the span that people say in more words than it needs: "~5m", "about 5 minutes", "5 min max".

    Of a range it is the longer end, as a budget has to be; "0-15 minutes" says when, and is none. None for other text.
    """
    said = text.strip()
    found = _ABOUT.match(said)
    said = said[found.end() :] if found else said
    said = _AT_MOST.sub("", said, count=1)
    stretch = _STRETCH.match(said)
    if stretch and int(stretch["first"]):
        said = said[stretch.end() :]
    return span_of(said)


def leading_span(text: str) -> str | None:
    """Give the span with which a text begins, such as ``15m`` for "15 minutes (Level 3)", or None."""
    words = text.split(maxsplit=8)[:8]
    for count in range(len(words), 0, -1):
        if span := estimate_of(" ".join(words[:count]).rstrip(",;.")):
            return span
    return None


def exact_span(text: str) -> str | None:
    """Give the span with which a text begins and that says how long something took, perhaps "about".

    None for a range, for a bound ("under 5 minutes", "5 minutes or more") and for what goes on in other words.
    """
    found = _EXACT.match(text.strip())
    return span_of(found["span"]) if found else None


def in_words(span: str) -> str:
    """Give a span in words, in its largest unit that needs no fraction: "90 seconds". Raises ValueError."""
    milliseconds = Duration.parse(span).milliseconds
    for letter, unit in _UNITS.items():
        count, rest = divmod(milliseconds, UNITS[letter])
        if count and not rest:
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return str(Duration(milliseconds))


def _in_words(text: str) -> str | None:
    counts: dict[str, str] = {}
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        unit = _unit(found[2].lower()) if found else None
        if found is None or unit is None or unit in counts:
            return None
        counts[unit], at = found[1], found.end()
    return "".join(counts[unit] + unit for unit in UNITS if unit in counts) or None


def _unit(word: str) -> str | None:
    """Give the letters of a unit, one or many of it: "ms" is no minute."""
    return _SPELLED.get(word) or _SPELLED.get(word.removesuffix("s"))


def same_span(one: object, other: object) -> bool:
    """Tell whether two spans are as long: ``60s`` and ``1m``. False where one is none."""
    length = length_of(one)
    return length is not None and length == length_of(other)


def length_of(span: object) -> Duration | None:
    """Give the length of a span as plans write it, or None for what is none."""
    try:
        return Duration.parse(str(span))
    except ValueError:
        return None
