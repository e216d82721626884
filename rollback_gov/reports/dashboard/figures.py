"""Figures that say of how many they are. Where there is nothing to count, a figure is not measured, never zero."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite
from statistics import median
from typing import TypeAlias

from rollback_gov.model.record import Record
from rollback_gov.reports.fact import Fact, NotMeasured, Seconds

FEW = 10
"""Below so many a percentage would say more than anybody knows: the counts themselves are shown."""


class Share(Record, kw_only=False):
    """``part`` of ``whole``."""

    part: int
    whole: int

    @property
    def ratio(self) -> float | NotMeasured:
        """The share, from 0 to 1."""
        return self.part / self.whole if self.whole else NotMeasured("there is none to count")

    def __str__(self) -> str:
        if self.whole < FEW:
            return f"{self.part} of {self.whole}"
        percent = 100 * self.part / self.whole
        # Never rounded up to "all of them", nor down to "none".
        kept = min(percent, 99.9) if self.part < self.whole else percent
        text = f"{max(kept, 0.1) if self.part else kept:.1f}".removesuffix(".0")
        return f"{text} %"


class Spread(Record):
    """How ``n`` measured values lie: the middle one, the one below which nine of ten are, and the largest."""

    n: int
    middle: float
    ninth: float
    most: float


Measure: TypeAlias = Spread | NotMeasured


def spread(values: Sequence[float], why: str) -> Measure:
    """Describe values; of none, say ``why`` there is none."""
    if not values:
        return NotMeasured(why)
    ordered = sorted(values)
    ninth = ordered[ceil(0.9 * len(ordered)) - 1]
    return Spread(n=len(ordered), middle=median(ordered), ninth=ninth, most=ordered[-1])


def number(fact: Fact[Seconds]) -> float | NotMeasured:
    """Give the seconds of a fact. A record that somebody wrote by hand may hold what is no span of time."""
    if isinstance(fact, NotMeasured):
        return fact
    return fact.value.number if isfinite(fact.value.number) else NotMeasured("that is no span of time")


def known(values: Sequence[float | NotMeasured]) -> list[float]:
    """Give those that are known."""
    return [value for value in values if not isinstance(value, NotMeasured)]
