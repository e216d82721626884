"""The phases of a run with their steps as rows: what each does, against what it may take."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rollback_gov.execution.glance import Glance
from rollback_gov.execution.progress import PhaseProgress, Progress, StepProgress
from rollback_gov.execution.projection import phase_seconds
from rollback_gov.execution.state import GOOD
from rollback_gov.model.record import Record
from rollback_gov.reports.dashboard.timing import epoch

GOES_ON = ("runs", "wait")
"""Tones of what a process does at this moment."""
_TONES = {"passed": "good", "failed": "bad", "aborted": "bad", "not started": "bad", "cut off": "bad"}


class StepRow(Record):
    """A step of a phase. ``began`` is a moment while it runs, else 0."""

    title: str
    path: str
    tone: str
    word: str
    detail: str
    attempt: int
    began: float
    took: float
    timeout: float


class PhaseRow(Record):
    """A phase against its budget. ``began`` is a moment while it runs, else 0; ``took`` is set when it has ended."""

    number: int
    title: str
    path: str
    tone: str
    word: str
    way: str
    """The alternatives that were tried, in words."""
    began: float
    took: float | None
    budget: float
    slow: bool
    steps: tuple[StepRow, ...] = ()

    @property
    def step(self) -> StepRow | None:
        """The step that runs, else the one that began last."""
        return next((step for step in self.steps if step.tone in GOES_ON), self.steps[-1] if self.steps else None)


def phase_rows(seen: Glance, now: datetime) -> tuple[PhaseRow, ...]:
    """Give the phases of a run at a moment (UTC), in their order."""
    return tuple(_phase(number, phase, seen, now) for number, phase in enumerate(seen.progress.phases.values(), 1))


def _phase(number: int, phase: PhaseProgress, seen: Glance, now: datetime) -> PhaseRow:
    ways = [way for way in phase.tried if way]
    runs = phase.runs and seen.goes_on
    waits = runs and any(one.step.startswith(f"{phase.path}/") for one in seen.progress.waiting)
    result = phase.result or ("cut off" if phase.runs and not runs else "")
    return PhaseRow(
        number=number,
        title=phase.title,
        path=phase.path,
        tone="wait" if waits else "runs" if runs else _TONES.get(result, "none"),
        word="waits" if waits else "runs" if runs else result or "to come",
        way=f"tried: {', '.join(ways)}" if len(ways) > 1 else f"option {ways[0]}" if ways else "",
        began=epoch(phase.began) if runs else 0.0,
        took=phase.seconds if phase.result else None,
        budget=phase.budget,
        slow=result != "cut off" and bool(phase.budget) and phase_seconds(phase, now) > phase.budget,
        steps=tuple(_steps(phase, seen.progress, runs)) if runs or result in ("failed", "cut off") else (),
    )


def _steps(phase: PhaseProgress, progress: Progress, goes_on: bool) -> Iterator[StepRow]:
    for step in progress.steps.values():
        if not step.path.startswith(f"{phase.path}/"):
            continue
        tone, word = _how(step, progress, goes_on)
        yield StepRow(
            title=step.title,
            path=step.path,
            tone=tone,
            word=word,
            detail=step.detail,
            attempt=step.attempt,
            began=epoch(step.began) if tone in GOES_ON and step.began else 0.0,
            took=step.seconds,
            timeout=step.timeout,
        )


def _how(step: StepProgress, progress: Progress, goes_on: bool) -> tuple[str, str]:
    if step.is_unknown:
        return "bad", "nobody knows how it ended"
    if step.is_open and goes_on:
        return ("wait", "waits") if any(one.step == step.path for one in progress.waiting) else ("runs", "runs")
    tone = "good" if step.result in GOOD else "bad"
    return tone, step.result.replace("_", " ") or "cut off"


def current(rows: tuple[PhaseRow, ...]) -> PhaseRow | None:
    """Give the phase that runs, or the one with which it failed."""
    return next((row for row in rows if row.tone in GOES_ON), None) or next(
        (row for row in rows if row.tone == "bad"), None
    )
