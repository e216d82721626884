"""When to read which trigger: points on a grid, not "every so often after the last".

The grid begins with the watch, or stands where it was asked for on the clock, such as just after each scrape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Due:
    """One tick: its time, the triggers to read, and how many of their points were missed. Milliseconds."""

    at: int
    triggers: tuple[str, ...]
    missed: int = 0


@dataclass(slots=True)
class Grid:
    """Each trigger is due at ``start`` and at every multiple of its interval (milliseconds) after that.

    With ``align``: at every multiple of its interval since the epoch, and so many milliseconds after that.
    """

    intervals: Mapping[str, int]
    start: int
    align: int | None = None
    _next: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.begin(self.start)

    def begin(self, now: int) -> None:
        """Begin anew at a time: for the start, and for a clock that was set back."""
        self.start = now if self.align is None else self.align
        self._next = {name: now + (self.start - now) % every for name, every in self.intervals.items()}

    @property
    def next(self) -> int:
        """Time of the next tick."""
        return min(self._next.values())

    def take(self, now: int) -> Due:
        """Give the tick that is due. A late one has the time of the newest point that has passed, and is done once."""
        at = max(self._passed(name, now) for name, due in self._next.items() if due <= now)
        names = tuple(name for name, due in self._next.items() if due <= at)
        missed = sum((self._passed(name, at) - self._next[name]) // self.intervals[name] for name in names)
        self._next |= {name: self._passed(name, at) + self.intervals[name] for name in names}
        return Due(at, names, missed)

    def _passed(self, name: str, now: int) -> int:
        """Give a trigger's newest point up to a time."""
        return now - (now - self.start) % self.intervals[name]
