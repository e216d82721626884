"""Runs for programs: plain data, spans in seconds, times in UTC."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from rollback_gov.execution.glance import Glance
from rollback_gov.execution.progress import PhaseProgress, StepProgress
from rollback_gov.execution.projection import elapsed, left, phase_seconds, projected, since
from rollback_gov.execution.questions import next_step, questions


def run_row(seen: Glance, now: datetime) -> dict[str, Any]:
    """Give what a list of runs says about one."""
    progress = seen.progress
    return {
        "run": seen.run,
        "operation": progress.operation,
        "environment": progress.environment,
        "region": progress.region,
        "mode": progress.mode,
        "state": seen.state,
        "phase": progress.phase.path if progress.phase else "",
        "elapsed_seconds": round(elapsed(progress, now), 3),
        "sla_seconds": progress.sla,
        "started_at": progress.decided_at,
        "gates": [waiting.step for waiting in progress.waiting],
        "problem": seen.problem,
    }


def run_document(seen: Glance, now: datetime) -> dict[str, Any]:
    """Give all that is known of a run. ``seconds`` is null until it has ended, ``now`` where no step runs."""
    progress = seen.progress
    return run_row(seen, now) | {
        "title": progress.title,
        "detail": progress.detail,
        "seconds": progress.seconds,
        "left_seconds": round(left(progress, now), 3) if progress.sla and not progress.result else None,
        "projected_seconds": round(projected(progress, now), 3),
        "phases": [_phase(phase, now) for phase in progress.phases.values()],
        "steps": [_step(step) for step in progress.steps.values()],
        "checks": dict(progress.checks),
        "now": _running(progress.step, now) if seen.goes_on and progress.step else None,
        "open": [step.path for step in progress.steps.values() if step.is_open],
        "questions": [asdict(question) for question in questions(seen)],
        "next": next_step(seen),
        "last_event": progress.last_at,
    }


def _phase(phase: PhaseProgress, now: datetime) -> dict[str, Any]:
    return {
        "path": phase.path,
        "title": phase.title,
        "result": phase.result or ("begun" if phase.began else "to come"),
        "tried": [way for way in phase.tried if way],
        "seconds": round(phase_seconds(phase, now), 3),
        "budget_seconds": phase.budget,
    }


def _step(step: StepProgress) -> dict[str, Any]:
    names = ("path", "title", "action", "attempt", "seconds", "detail")
    return {name: getattr(step, name) for name in names} | {"result": step.result or "begun"}


def _running(step: StepProgress, now: datetime) -> dict[str, Any]:
    return {
        "step": step.path,
        "since": step.began,
        "seconds": round(since(step.began, now), 3),
        "timeout_seconds": step.timeout,
    }
