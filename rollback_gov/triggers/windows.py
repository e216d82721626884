"""The windows of watching after a rollback: when to look, what was seen, and the verdict. A fold over their log.

All windows begin when the rollback ended: ``for: 15m`` and ``for: 24h`` run side by side, the one until a quarter of an
hour after it, the other until the next day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from rollback_gov.model.plan import Window
from rollback_gov.triggers.line import Line

Seen = Literal["quiet", "alarmed", "unknown"]
Verdict = Literal["", "quiet", "alarmed", "not measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowState:
    """One window so far. ``began`` and ``ends`` are seconds since the epoch, ``every`` is seconds.

    ``quiet``, ``alarmed`` and ``unknown`` count the looks that were taken, ``missed`` those that nobody took in time.
    ``alarms`` says what was wrong, each thing once.
    """

    name: str
    began: float
    ends: float
    every: float
    looks: int
    quiet: int = 0
    alarmed: int = 0
    unknown: int = 0
    missed: int = 0
    alarms: tuple[str, ...] = ()
    verdict: Verdict = ""

    @property
    def next_look(self) -> int:
        """Number of the next look, from 1."""
        return self.quiet + self.alarmed + self.unknown + self.missed + 1

    @property
    def is_over(self) -> bool:
        """Every look was taken or missed."""
        return self.next_look > self.looks

    @property
    def judgement(self) -> Verdict:
        """What follows from the looks. Only a window that was seen from end to end was quiet."""
        if self.alarmed:
            return "alarmed"
        return "quiet" if self.quiet == self.looks else "not measured"

    def due(self, number: int) -> float:
        """When a look is due."""
        return min(self.began + number * self.every, self.ends)


@dataclass(frozen=True, slots=True)
class Look:
    """Look now."""

    window: str
    number: int


@dataclass(frozen=True, slots=True)
class Miss:
    """These looks (``first`` to ``last``) were not taken in time, and never will be."""

    window: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Judge:
    """The window is over."""

    window: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Sleep:
    """Nothing is due before this time (seconds since the epoch)."""

    until: float


ToDo: TypeAlias = Look | Miss | Judge | Sleep | None


def next_thing(windows: Mapping[str, WindowState], now: float) -> ToDo:
    """Say what to do at a time; None when every window has its verdict.

    A look may be late by less than its window's interval; after that it was missed.
    """
    waiting = [window for window in windows.values() if not window.verdict]
    for window in waiting:
        if window.is_over:
            return Judge(window.name, window.judgement)
    if not waiting:
        return None
    window = min(waiting, key=lambda other: other.due(other.next_look))
    first = window.next_look
    if now < window.due(first):
        return Sleep(window.due(first))
    numbers = range(first, window.looks + 1)
    late = bisect_right(numbers, now, key=lambda number: window.due(number) + window.every)
    return Miss(window.name, first, first + late - 1) if late else Look(window.name, first)


def described(windows: Sequence[Window]) -> list[dict[str, Any]]:
    """Give the windows of a plan as the log's first line holds them. A second one of a name gets its number."""
    names: list[str] = []
    for window in windows:
        names.append(f"{window.name} {len(names) + 1}" if window.name in names else window.name)
    return [
        {
            "name": name,
            "for_seconds": window.for_.seconds,
            "every_seconds": window.every.seconds,
            "looks": max(window.for_.milliseconds // max(window.every.milliseconds, 1), 1),
        }
        for name, window in zip(names, windows, strict=True)
    ]


def windows_of(lines: Iterable[Line]) -> dict[str, WindowState]:
    """Give the windows after these lines, by name; none before the first line. Raises LookupError for strange lines."""
    windows: dict[str, WindowState] = {}
    for line in lines:
        windows |= applied(windows, line)
    return windows


def applied(windows: Mapping[str, WindowState], line: Line) -> dict[str, WindowState]:
    """Give the windows that a line changed."""
    if line.type == "started":
        began = datetime.fromisoformat(line.data["began"]).timestamp()
        return {item["name"]: _begun(item, began) for item in line.data["windows"]}
    if line.type not in _APPLY:
        return {}
    name = line.data["window"]
    return {name: _APPLY[line.type](windows[name], line.data)}


def _begun(item: Mapping[str, Any], began: float) -> WindowState:
    return WindowState(
        name=item["name"],
        began=began,
        ends=began + item["for_seconds"],
        every=item["every_seconds"],
        looks=item["looks"],
    )


def _observed(window: WindowState, data: Mapping[str, Any]) -> WindowState:
    seen: Seen = data["result"]
    counted = replace(window, **{seen: getattr(window, seen) + 1})
    alarm = data["detail"]
    return (
        replace(counted, alarms=(*window.alarms, alarm))
        if seen == "alarmed" and alarm not in window.alarms
        else counted
    )


def _missed(window: WindowState, data: Mapping[str, Any]) -> WindowState:
    return replace(window, missed=window.missed + data["last"] - data["first"] + 1)


def _judged(window: WindowState, data: Mapping[str, Any]) -> WindowState:
    return replace(window, verdict=data["verdict"])


_APPLY = {"observed": _observed, "missed": _missed, "verdict": _judged}
