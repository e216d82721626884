"""``wait``: a pause that is counted and can be interrupted."""

from __future__ import annotations

from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.execution.task import Task

SAFE_TO_REPEAT = True
_SLICE = 0.05


def pause(context: Context, seconds: float) -> bool:
    """Wait; False when the run was asked to stop before the time was over."""
    end = context.clock.monotonic() + seconds
    while not context.stop.requested:
        context.tick()
        left = end - context.clock.monotonic()
        if left <= 0:
            return True
        context.clock.sleep(min(left, _SLICE))
    return False


def perform(context: Context, task: Task) -> Outcome:
    """Wait as long as the step says."""
    duration = task.step.payload
    context.console.say(f"    waiting {duration}")
    return Outcome() if pause(context, duration.seconds) else Outcome(ending=Ending.INTERRUPTED)
