"""Time on the page: every figure is a moment, so that the page counts on by itself between two messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from math import ceil, floor

from rollback_gov.execution.clock import parse_stamp
from rollback_gov.execution.progress import Progress
from rollback_gov.execution.projection import elapsed, may_be_late, projected
from rollback_gov.model.record import Record

WIDTH = 1000
"""Of the drawing of a bar, in its own units."""
_ROOM, _GROWTH, _SHORTEST = 1.12, 1.25, 60.0
"""A bar is so much longer than the SLA, because time beyond it is to be seen; when that is not enough it grows in
steps, because one whose scale moved with every second would never stand still."""


class Mark(Record, kw_only=False):
    """Where a phase ended, or has to end: its place on the bar, and its title."""

    place: float
    title: str


class Timing(Record):
    """A run's time. Moments are seconds since 1970 (UTC), spans are seconds.

    ``took`` is set when it was verified or has ended; until then time goes on. ``limit`` is 0 without an SLA.
    """

    began: float
    limit: float
    finish: float
    """When it will probably be done."""
    took: float | None
    scale: float
    """Seconds that the whole bar stands for."""
    marks: tuple[Mark, ...] = ()
    over: bool = False
    tight: bool = False
    """It may be over in the end."""

    @property
    def ends(self) -> float:
        """When the SLA is over."""
        return self.began + self.limit

    def place(self, seconds: float) -> float:
        """Give the place on the bar of a time since the decision."""
        return place(seconds, self.scale)


def timing_of(progress: Progress, now: datetime) -> Timing | None:
    """Give a run's time; None where nobody has decided yet."""
    if not progress.decided_at:
        return None
    began, spent, end = epoch(progress.decided_at), elapsed(progress, now), projected(progress, now)
    scale = _scale(progress.sla, end)
    return Timing(
        began=began,
        limit=progress.sla,
        finish=float(round(began + end)),
        took=spent if progress.verified is not None or progress.seconds is not None else None,
        scale=scale,
        marks=tuple(Mark(place(at - began, scale), title) for at, title in _ends(progress)),
        over=bool(progress.sla) and spent > progress.sla,
        tight=may_be_late(progress, now),
    )


def place(seconds: float, scale: float) -> float:
    """Give the place on a bar of ``scale`` seconds, between 0 and WIDTH."""
    return round(min(max(seconds / scale, 0.0), 1.0) * WIDTH, 1)


def _scale(limit: float, longest: float) -> float:
    scale = limit * _ROOM or _SHORTEST
    while scale < longest:
        scale *= _GROWTH
    return scale


def _ends(progress: Progress) -> Iterator[tuple[float, str]]:
    """Give when each phase ended, or where its budget ends if it begins when the one before it has to end."""
    at = 0.0
    for phase in progress.phases.values():
        if progress.result and not phase.began:
            return
        begins = epoch(phase.began) if phase.began else at
        at = begins + (phase.seconds if phase.result else phase.budget)
        if begins and at > begins:
            yield at, phase.title


def epoch(at: str) -> float:
    """Give the seconds since 1970 of a time of the journal."""
    return parse_stamp(at).timestamp()


def clock(seconds: float) -> str:
    """Write a span as ``4:07``, from an hour on as ``1:04:07``."""
    whole = floor(abs(seconds) + 1e-6)
    hours, rest = divmod(whole, 3600)
    minutes, last = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{last:02d}" if hours else f"{minutes}:{last:02d}"


def clock_left(seconds: float) -> str:
    """Write what is left: a second that has begun counts, so that together with what has passed it is the whole."""
    return clock(ceil(seconds - 1e-6) if seconds > 0 else seconds)
