"""``http``: one request."""

from __future__ import annotations

from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Outcome
from rollback_gov.execution.request import send
from rollback_gov.execution.task import Settlement, Task

DEFAULT_SECONDS = 30.0
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, 9.2.1)."""


def perform(context: Context, task: Task) -> Outcome:
    """Send the request; its answer's body is kept like a script's output."""
    left = task.deadline - context.clock.monotonic() if task.deadline is not None else DEFAULT_SECONDS
    outcome = send(context, task.step.payload, timeout=max(left, 0.001), key=f"{context.run}/{task.key}")
    try:
        task.outputs.stdout.parent.mkdir(parents=True, exist_ok=True)
        task.outputs.stdout.write_text(context.masker.text(outcome.stdout), encoding="utf-8")
    except OSError as error:  # the server has had the request, and what it answered counts
        context.console.say(f"    the answer is not kept: {error.strerror}")
    return outcome


def settle(_context: Context, task: Task) -> Settlement:
    """Say that a request which only reads may be sent again; of any other nobody knows whether the server had it."""
    return "run_again" if task.step.payload.method in _SAFE else "unknown"
