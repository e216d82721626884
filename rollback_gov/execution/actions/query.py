"""``query``: a metric, with the same three-valued result as a trigger."""

from __future__ import annotations

from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Outcome
from rollback_gov.execution.task import Task

SAFE_TO_REPEAT = True


def perform(context: Context, task: Task) -> Outcome:
    """Read the metric."""
    return Outcome(reading=context.sources.read(task.step.payload, context.clock.now().timestamp()))
