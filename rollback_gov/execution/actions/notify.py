"""``notify``: a message, sent beside the run."""

from __future__ import annotations

from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Outcome
from rollback_gov.execution.task import Task

SAFE_TO_REPEAT = True


def perform(context: Context, task: Task) -> Outcome:
    """Hand the message over; it never fails the run."""
    message = task.step.payload
    context.console.say(f"    message: {message.message}")
    fields = {"text": message.message, "severity": message.severity, "channels": ",".join(message.channels)}
    context.notify("step", fields)
    return Outcome()
