"""Runs as plain lines: one run in full, or all of them in a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rollback_gov.execution.console import one_line
from rollback_gov.execution.glance import DAMAGED, Glance
from rollback_gov.execution.progress import PhaseProgress, StepProgress
from rollback_gov.execution.projection import elapsed, left, phase_seconds, projected, since
from rollback_gov.execution.questions import Question, next_step, questions
from rollback_gov.execution.sla import human

_TITLES = ("RUN", "STATE", "OPERATION", "WHERE", "PHASE", "TIME", "WAITS FOR")
_GAP = "  "


def run_lines(seen: Glance, now: datetime, *, lanes: Sequence[str] = ()) -> tuple[str, ...]:
    """Tell how a run stands: its time, its phases with their steps, what runs now, what is asked, what to do next.

    ``lanes`` are lines of its regions, which say more than that they are its phases.
    """
    progress = seen.progress
    lines = [f"{seen.run}: {seen.state} ({_time(seen, now)})"]
    if progress.detail:
        lines.append(f"  {progress.detail}")
    if progress.cancelled and not progress.result:
        lines.append(f"  {'ended' if progress.interrupted else 'to be ended'} by {progress.cancelled}")
    lines += lanes
    for phase in () if lanes else progress.phases.values():
        lines.append(f"  {phase.path}: {_phase(phase, now)}")
        lines += [f"    {_step(step, phase, now)}" for step in progress.steps.values() if _belongs(step, phase)]
    lines += [f"  {words}" for words in progress.bad_checks.values()]
    if seen.goes_on and progress.step is not None:
        lines.append(f"  now: {progress.step.path} since {_clock(progress.step.began)} UTC")
    lines += question_lines(seen)
    if not progress.result:
        lines.append(f"  last event {progress.last_at}")
    return tuple(one_line(line) for line in (*lines, f"  next: {next_step(seen)}"))


def question_lines(seen: Glance) -> tuple[str, ...]:
    """Tell what is asked, each with the commands that answer it."""
    return tuple(one_line(line) for question in questions(seen) for line in _question(question))


def summary(seen: Glance, now: datetime) -> str:
    """Tell how a run stands in one line, with the time of day (UTC)."""
    progress = seen.progress
    doing = progress.phase.title if progress.phase else ""
    step = f" › {progress.step.title}" if progress.step is not None and not progress.result else ""
    waits = f", waits: {progress.waiting[0].ask}" if progress.waiting and not progress.result else ""
    return one_line(f"{now:%H:%M:%S} {seen.state} ({_time(seen, now)}) {doing}{step}{waits}".rstrip())


def _time(seen: Glance, now: datetime) -> str:
    progress = seen.progress
    against = f" of {human(progress.sla)}" if progress.sla else ""
    if progress.result:
        return f"{human(elapsed(progress, now))}{against}"
    if not seen.goes_on or not progress.sla:
        return f"{human(elapsed(progress, now))}{against}, not ended"
    rest = left(progress, now)
    more = f"{human(rest)} left" if rest >= 0 else f"{human(-rest)} OVER"
    return f"{human(elapsed(progress, now))}{against}, {more}, done by about {human(projected(progress, now))}"


def _phase(phase: PhaseProgress, now: datetime) -> str:
    of = f" of {human(phase.budget)}" if phase.budget else ""
    ways = [way for way in phase.tried if way]
    tried = f" (tried: {', '.join(ways)})" if len(ways) > 1 else f" (option {ways[0]})" if ways else ""
    if not phase.began:
        return f"to come{f', budget {human(phase.budget)}' if phase.budget else ''}"
    seconds = phase_seconds(phase, now)
    over = ", SLOWER than its budget" if phase.budget and seconds > phase.budget else ""
    word = f"{phase.result} in" if phase.result else "runs,"
    return f"{word} {human(seconds)}{of}{over}{tried}"


def _belongs(step: StepProgress, phase: PhaseProgress) -> bool:
    return step.path.startswith(f"{phase.path}/")


def _step(step: StepProgress, phase: PhaseProgress, now: datetime) -> str:
    name = step.path.removeprefix(f"{phase.path}/")
    again = f", attempt {step.attempt}" if step.attempt > 1 else ""
    if step.is_open:
        of = f" of {human(step.timeout)}" if step.timeout else ""
        return f"{name}: begun, {human(since(step.began, now))}{of}{again}"
    took = f" in {human(step.seconds)}" if step.seconds else ""
    return f"{name}: {step.result.replace('_', ' ')}{took}{again}{f' ({step.detail})' if step.detail else ''}"


def _question(question: Question) -> Iterator[str]:
    until = f" (until {_clock(question.deadline)} UTC)" if question.deadline else ""
    yield f"  waits: {question.ask}{until}"
    yield f"    of: {question.whom}"
    yield from (f"    {command}" for command in question.answers)


def _clock(at: str) -> str:
    return at[11:19]


def runs_table(runs: Sequence[Glance], now: datetime) -> tuple[str, ...]:
    """Give all runs in the order given, one a line; damaged journals follow with what is wrong."""
    rows = [_row(seen, now) for seen in runs]
    widths = [max(len(row[column]) for row in (_TITLES, *rows)) for column in range(len(_TITLES) - 1)]
    table = [
        _GAP.join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in (_TITLES, *rows)
    ]
    return (*table, *(one_line(seen.problem) for seen in runs if seen.state == DAMAGED))


def _row(seen: Glance, now: datetime) -> tuple[str, ...]:
    progress = seen.progress
    where = f"{progress.environment}{f'/{progress.region}' if progress.region else ''}"
    phase = progress.phase
    spent = human(elapsed(progress, now)) if progress.decided_at else "-"
    time = f"{spent} of {human(progress.sla)}" if progress.sla else spent
    late = " LATE" if progress.sla and elapsed(progress, now) > progress.sla else ""
    waits = progress.waiting[0].ask if progress.waiting and not progress.result else ""
    name = phase.path.rpartition("/")[2] if phase else ""
    cells = (seen.run, seen.state, progress.operation or "-", where or "-", name or "-", f"{time}{late}", waits)
    return tuple(one_line(cell) for cell in cells)
