"""How much counters grew between scrapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from rollback_gov.sources.exposition import Series

LONGEST_BLINDNESS = 300.0
"""Seconds beyond the window after which an old scrape is no longer a beginning: Prometheus' lookback."""


@dataclass(frozen=True, slots=True)
class Scrape:
    """What some counters stood at, at one time (seconds since the epoch)."""

    at: float
    counters: Mapping[Series, Decimal]


@dataclass(slots=True)
class History:
    """The scrapes of some counters that a window needs: back to the newest one that is at least ``over`` old."""

    over: float
    scrapes: list[Scrape] = field(default_factory=list)

    def add(self, scrape: Scrape) -> None:
        """Keep a scrape, and forget what no window will need."""
        oldest = scrape.at - self.over - LONGEST_BLINDNESS
        kept = [old for old in self.scrapes if oldest <= old.at < scrape.at]
        begins = max((index for index, old in enumerate(kept) if old.at <= scrape.at - self.over), default=0)
        self.scrapes = [*kept[begins:], scrape]

    def increase(self) -> Decimal | None:
        """Give the growth over the kept scrapes; None with fewer than two."""
        return increase([scrape.counters for scrape in self.scrapes]) if len(self.scrapes) > 1 else None


def increase(scrapes: Sequence[Mapping[Series, Decimal]]) -> Decimal:
    """Sum the growth of all counters. Nothing is extrapolated.

    A counter that fell was reset and has grown by what it shows now, as in Prometheus. A counter that was not there
    before was born in between and has grown by all of it: with Prometheus, that first event would be missed.
    """
    return sum((_growth(old, new) for old, new in pairwise(scrapes)), Decimal(0))


def _growth(old: Mapping[Series, Decimal], new: Mapping[Series, Decimal]) -> Decimal:
    total = Decimal(0)
    for series, count in new.items():
        before = old.get(series, Decimal(0))
        total += count - before if count >= before else count
    return total
