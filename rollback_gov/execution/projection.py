"""A run's progress against its time, at one moment: what has passed, what is left, and when it will be done."""

from __future__ import annotations

from datetime import datetime

from rollback_gov.execution.clock import parse_stamp
from rollback_gov.execution.progress import PhaseProgress, Progress
from rollback_gov.execution.sla import human


def since(at: str, now: datetime) -> float:
    """Give the seconds from a time of the journal (UTC) until now; a clock that went back has measured nothing."""
    return max((now - parse_stamp(at)).total_seconds(), 0.0) if at else 0.0


def elapsed(progress: Progress, now: datetime) -> float:
    """Give the seconds from the decision until now, or until it was verified or ended."""
    if progress.verified is not None:
        return progress.verified
    return progress.seconds if progress.seconds is not None else since(progress.decided_at, now)


def phase_seconds(phase: PhaseProgress, now: datetime) -> float:
    """Give the seconds that a phase has taken so far."""
    return since(phase.began, now) if phase.runs else phase.seconds


def left(progress: Progress, now: datetime) -> float:
    """Give the seconds until the SLA is over; below zero when it is. Only where there is one."""
    return progress.sla - elapsed(progress, now)


def projected(progress: Progress, now: datetime) -> float:
    """Give the expected duration: what has passed, and the budgets of what is still to come.

    A phase without a budget counts nothing, so it is a lower limit there.
    """
    if progress.verified is not None or progress.result:
        return elapsed(progress, now)
    to_come = sum(
        max(phase.budget - phase_seconds(phase, now), 0.0)
        for phase in progress.phases.values()
        if not phase.result and not phase.path.startswith("recovery/")
    )
    return elapsed(progress, now) + to_come


def may_be_late(progress: Progress, now: datetime) -> bool:
    """Tell whether it is expected to end after its SLA, by so much that both times differ as people read them.

    Budgets that add up to the SLA exactly are in time, though a moment passes between two phases.
    """
    end = projected(progress, now)
    return bool(progress.sla) and end > progress.sla and human(end) != human(progress.sla)
