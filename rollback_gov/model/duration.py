"""Spans of time as plans write them: ``90s``, ``2m``, ``1h30m``."""

from __future__ import annotations

import re

from rollback_gov.model.record import Record

_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_PART = re.compile(r"([0-9]+)(ms|[dhms])")
_WHOLE = re.compile(r"([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?")
_LONGEST_DAYS = 3660


class Duration(Record, kw_only=False, order=True):
    """A span of time, exact to the millisecond and never negative."""

    milliseconds: int

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read ``1h30m``; raises ValueError with a whole sentence for anything else, and beyond ten years."""
        if not text or not _WHOLE.fullmatch(text):
            raise ValueError(f"'{text}' is not a duration. Write a number and a unit, such as 90s, 2m or 1h30m.")
        if len(text) > 100:
            raise ValueError(f"'{text[:40]}...' is not a duration that anybody can read.")
        milliseconds = sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(text))
        if milliseconds > _LONGEST_DAYS * _UNITS["d"]:
            raise ValueError(f"'{text}' is longer than ten years.")
        return cls(milliseconds)

    @classmethod
    def of_seconds(cls, seconds: float) -> Duration:
        """Round a measured time to the millisecond; a clock that went back measured nothing."""
        return cls(max(0, round(seconds * 1000)))

    @property
    def seconds(self) -> float:
        """The span in seconds."""
        return self.milliseconds / 1000

    def __add__(self, other: Duration) -> Duration:
        return Duration(self.milliseconds + other.milliseconds)

    def __str__(self) -> str:
        rest, parts = self.milliseconds, []
        for unit, size in _UNITS.items():
            count, rest = divmod(rest, size)
            if count:
                parts.append(f"{count}{unit}")
        return "".join(parts) or "0s"
