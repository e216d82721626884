"""Spans of time as plans write them: ``90s``, ``2m``, ``1h30m``."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_PART = re.compile(r"(\d+)(ms|[dhms])")
PATTERN = r"^(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$"


@dataclass(frozen=True, order=True, slots=True)
class Duration:
    """A span of time, exact to the millisecond and never negative."""

    milliseconds: int

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read ``1h30m``; raises ValueError with a whole sentence for anything else."""
        if not text or not re.match(PATTERN, text):
            raise ValueError(f"'{text}' is not a duration. Write a number and a unit, such as 90s, 2m or 1h30m.")
        return cls(sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(text)))

    @classmethod
    def of_seconds(cls, seconds: float) -> Duration:
        """Round a measured time to the millisecond."""
        return cls(round(seconds * 1000))

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
