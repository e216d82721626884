"""Which numbers a query can give, as far as its kind and its form say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from rollback_gov.model.expect import Query
from rollback_gov.policy.conditions import promql
from rollback_gov.policy.interval import Range
from rollback_gov.policy.promql.ranges import range_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """The numbers from ``low`` to ``high``, both among them; None where there is no end. ``whole``: integers only."""

    words: str
    low: Decimal | None = None
    high: Decimal | None = None
    whole: bool = False

    def holds(self, number: Decimal) -> bool:
        """Tell whether a query can give this number."""
        above = self.low is None or number >= self.low
        below = self.high is None or number <= self.high
        return above and below and (not self.whole or number == number.to_integral_value())

    def nearest(self, number: Decimal) -> Decimal:
        """Give the number that a query can give and that is nearest to this one."""
        if self.low is not None:
            number = max(number, self.low)
        if self.high is not None:
            number = min(number, self.high)
        return number.to_integral_value() if self.whole else number

    def near(self, number: Decimal) -> tuple[Decimal, ...]:
        """Give numbers beside one: a tenth of it further on each side, and halfway to the ends."""
        if self.whole:
            up, down = (number.to_integral_value(rounding) for rounding in (ROUND_CEILING, ROUND_FLOOR))
            return tuple(dict.fromkeys((up, down, up + 1, down - 1)))
        away = abs(number) / 10 or Decimal(1)
        ends = [(number + end) / 2 for end in (self.low, self.high) if end is not None]
        return tuple(dict.fromkeys((number + away, number - away, *ends, number)))


ANY = Domain(words="number")
HEALTH = Domain(words="answer of a health check (0 or 1)", low=Decimal(0), high=Decimal(1), whole=True)
COUNT = Domain(words="count (0, 1, 2 …)", low=Decimal(0), whole=True)
POSITIVE = Domain(words="number from 0 on", low=Decimal(0))
_BY_SOURCE = {"health": HEALTH, "manual": COUNT, "alertmanager": COUNT}


def domain_of(query: Query) -> Domain:
    """Give the numbers that a query can give; any where nothing is known."""
    if query.source in _BY_SOURCE:
        return _BY_SOURCE[query.source]
    if query.signal or query.alerts is not None:
        return COUNT
    if query.of or query.over:
        return POSITIVE
    expression = promql(query)
    return _ranged(range_of(expression)) if expression is not None else ANY


def _ranged(within: Range) -> Domain:
    ends = [None if math.isinf(end) else Decimal(repr(end)) for end in (within.low, within.high)]
    if ends == [None, None]:
        return ANY
    if ends == [Decimal(0), None]:
        return POSITIVE
    low_words, high_words = (
        (f"from {within.low:g}" if ends[0] is not None else ""),
        (f"to {within.high:g}" if ends[1] is not None else ""),
    )
    return Domain(words=" ".join(filter(None, ("number", low_words, high_words))), low=ends[0], high=ends[1])
