"""Spans of time as plans write them: ``90s``, ``2m``, ``1h30m``."""

from __future__ import annotations

import re

from rollback_gov.model.record import Record

UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
"""Milliseconds of each unit, the largest first."""
_FORM = re.compile("".join(f"(?:([0-9]+){unit})?" for unit in UNITS))
LONGEST_SECONDS = 3660 * 86_400
"""Ten years: nobody means more."""


class Duration(Record, kw_only=False, order=True):
    """A span of time, exact to the millisecond and never negative."""

    milliseconds: int

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read ``1h30m``; raises ValueError with a whole sentence for anything else, and beyond ten years."""
        found = _FORM.fullmatch(text)
        if not text or found is None:
            raise ValueError(f"'{text}' is not a duration. Write a number and a unit, such as 90s, 2m or 1h30m.")
        if len(text) > 100:
            raise ValueError(f"'{text[:40]}...' is not a duration that anybody can read.")
        milliseconds = sum(int(count) * size for count, size in zip(found.groups("0"), UNITS.values(), strict=True))
        if milliseconds > LONGEST_SECONDS * UNITS["s"]:
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
        for unit, size in UNITS.items():
            count, rest = divmod(rest, size)
            if count:
                parts.append(f"{count}{unit}")
        return "".join(parts) or "0s"
