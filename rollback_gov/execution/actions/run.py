"""``run``: a bash script in a process group of its own."""

from __future__ import annotations

from rollback_gov.execution.bash import run_script
from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Outcome
from rollback_gov.execution.task import Task

ONE_PROCESS = True


def perform(context: Context, task: Task) -> Outcome:
    """Run the script to its end, its deadline, or the wish to stop."""
    extra = {**(task.step.env or {}), "STEP": task.path, "ATTEMPT": str(task.attempt)}
    script = context.script(task.step.run, extra)
    return run_script(context, script, state=task.state, deadline=task.deadline, outputs=task.outputs)
