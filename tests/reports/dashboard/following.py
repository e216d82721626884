"""Runs that were kept, looked at after so many of their lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from rollback_gov.execution.clock import parse_stamp
from rollback_gov.execution.glance import Glance
from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.execution.progression import progress_of
from rollback_gov.model.event import Event
from rollback_gov.reports.dashboard.met import Met, meet
from rollback_gov.reports.dashboard.watched import Seen, Watched
from tests.reports.golden_runs import GOLDEN


@cache
def events_of(name: str) -> tuple[Event, ...]:
    """The journal of a run that was kept, such as ``failed`` or ``regional/regions/asia``."""
    return read_journal(GOLDEN / name / FILE)


def event(seq: int, type_: str, at: str = "2026-01-31T12:00:00.000Z", **data: Any) -> Event:
    """An event that nobody wrote."""
    return Event(seq=seq, at=at, monotonic=0.0, type=type_, data=data, previous="")


def seen(events: Sequence[Event], *, state: str = "", folder: str = "op-1") -> Seen:
    """How a run stands after these lines, while its process lives; ``state`` if it does not."""
    progress, met = progress_of(events), Met()
    for one in events:
        met = meet(met, one)
    now = state or progress.result or ("waiting" if progress.waiting else "running")
    hears = bool(progress.waiting) and now in ("running", "waiting")
    return Seen(Glance(folder=Path("incidents") / folder, state=now, progress=progress, hears=hears), met)


def watched(
    events: Sequence[Event], regions: Mapping[str, Sequence[Event]] | None = None, *, state: str = ""
) -> Watched:
    """A run, and its regions, after these lines."""
    inside = {name: seen(lines, folder=f"op-1/regions/{name}") for name, lines in (regions or {}).items()}
    return Watched(run=seen(events, state=state), regions=inside)


def at(text: str) -> datetime:
    """A time of the journal."""
    return parse_stamp(text)
