"""What the windows after a rollback saw: a fold over their log, apart from the run's journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rollback_gov.reports.fact import Derived, Fact, NotMeasured
from rollback_gov.triggers.line import Line, stamp
from rollback_gov.triggers.windows import WindowState, windows_of


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFact:
    """One window. ``verdict`` is ``quiet``, ``alarmed``, ``not measured`` or ``not over``; times are UTC.

    Of its ``looks``, so many were quiet, alarmed, could not be evaluated (``unknown``), or were taken by nobody.
    """

    name: str
    verdict: str
    began: str
    ends: str
    looks: int
    quiet: int
    alarmed: int
    unknown: int
    missed: int
    alarms: tuple[str, ...]


def after(lines: Sequence[Line]) -> tuple[WindowFact, ...]:
    """Give the windows in the order of the plan."""
    return tuple(_fact(window) for window in windows_of(lines).values())


def _fact(window: WindowState) -> WindowFact:
    return WindowFact(
        name=window.name,
        verdict=window.verdict or "not over",
        began=stamp(window.began),
        ends=stamp(window.ends),
        looks=window.looks,
        quiet=window.quiet,
        alarmed=window.alarmed,
        unknown=window.unknown,
        missed=window.missed,
        alarms=window.alarms,
    )


def stabilised(windows: Sequence[WindowFact]) -> Fact[str]:
    """When the system was known to be stable (UTC): when the last window ended, if all of them were quiet."""
    if not windows:
        return NotMeasured("nobody watched after the rollback")
    bad = [window.name for window in windows if window.verdict != "quiet"]
    if bad:
        return NotMeasured(f"not quiet from end to end: {', '.join(bad)}")
    return Derived(max(window.ends for window in windows), "every window after the rollback was quiet")
