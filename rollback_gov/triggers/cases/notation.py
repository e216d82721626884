"""promtool's expanding notation: ``0+1x10 _x3 stale`` is a series of readings.

``ax3`` is ``a`` four times, ``a+bx3`` is ``a a+b a+2b a+3b``, ``_`` no sample, ``_x3`` three times none; ``stale`` and
``NaN`` are samples that are no number. ``error`` is ours: the source fails. Numbers are exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from rollback_gov.model.number import parse_number
from rollback_gov.model.observation import Error, NoData, Observation, Value

MOST_SAMPLES = 100_000
"""Of one series; a longer one is taken for a slip of the key."""
_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?"
_WORD = re.compile(
    rf"(?P<value>_|stale|error|[-+]?NaN|[-+]?Inf|[-+]?{_NUMBER})(?P<step>[-+]{_NUMBER})?(?:x(?P<times>[0-9]+))?"
)
_WITHOUT_NUMBER: dict[str, Observation] = {
    "_": NoData("no sample"),
    "stale": NoData("the series is stale"),
    "error": Error("the source fails"),
    "NaN": NoData("NaN is no number"),
    "Inf": NoData("Inf is no number"),
}


class NotationError(ValueError):
    """A word of a series is not in the notation. ``start`` and ``end`` are its place in the text."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start, self.end = start, end


def expand(text: str) -> tuple[Observation, ...]:
    """Give the readings of a series, one an interval. Values have no sample time yet. Raises NotationError."""
    samples: list[Observation] = []
    for word in re.finditer(r"\S+", text):
        found = _WORD.fullmatch(word[0])
        if found is None:
            raise NotationError(_complaint(word[0]), *word.span())
        times = int(found["times"] or 0)
        if len(samples) + times >= MOST_SAMPLES:
            raise NotationError(f"'{word[0]}' makes the series longer than {MOST_SAMPLES} samples.", *word.span())
        try:
            samples += _expanded(found["value"], found["step"], times, repeated=bool(found["times"]))
        except ValueError as error:
            raise NotationError(str(error), *word.span()) from None
    return tuple(samples)


def _expanded(value: str, step: str | None, times: int, *, repeated: bool) -> Iterator[Observation]:
    fixed = _WITHOUT_NUMBER.get(value if value in _WITHOUT_NUMBER else value.lstrip("+-"))
    if fixed is not None:
        if step:
            raise ValueError(f"'{value}{step}' adds to what is no number.")
        count = times if value == "_" and repeated else times + 1
        yield from [fixed] * count
        return
    if step and not repeated:
        raise ValueError(f"'{value}{step}' does not say how often: write {value}{step}x10.")
    number, growth = parse_number(value), parse_number(step) if step else Decimal(0)
    for index in range(times + 1):
        yield Value(number + growth * index)


def _complaint(word: str) -> str:
    from rollback_gov.plans.explanations import suggest

    letters = re.match(r"[-+]?[A-Za-z]+", word)
    hint = suggest(letters[0], ["stale", "error", "NaN", "Inf"]) if letters else ""
    return f"'{word[:40]}' is no part of a series. {hint or 'Write such as 0.02x10, 0+1x10, _x3, stale, NaN or error.'}"
