"""Times at even distances, as a history is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 11_000
"""How many times one question may have: Prometheus' own limit."""


@dataclass(frozen=True, slots=True)
class Span:
    """``count`` times from ``start`` on, each ``step`` after the one before. Milliseconds since the epoch."""

    start: int
    step: int
    count: int

    @classmethod
    def between(cls, begins: int, ends: int, step: int) -> Span:
        """Give the multiples of ``step`` from ``begins`` to ``ends``, both included."""
        first = -(-begins // step)
        return cls(first * step, step, max(0, ends // step - first + 1))

    @property
    def times(self) -> range:
        """Each time."""
        return range(self.start, self.start + self.step * self.count, self.step)

    def pieces(self, longest: int = LONGEST) -> Iterator[Span]:
        """Cut it into spans of at most so many times."""
        for begins in range(0, self.count, longest):
            yield Span(self.start + begins * self.step, self.step, min(longest, self.count - begins))
