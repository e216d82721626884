"""``manual``: a person does it and says so."""

from __future__ import annotations

from rollback_gov.execution.asking import NO, SLICE
from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.execution.task import Task

SAFE_TO_REPEAT = True


def perform(context: Context, task: Task) -> Outcome:
    """Show what is to be done and wait for the word."""
    context.console.say(f"    by hand: {task.step.manual}")
    if not context.console.interactive:
        return Outcome(ending=Ending.ERROR, detail="A person has to do this and there is no terminal to ask at.")
    while not context.stop.requested:
        context.tick()
        if task.deadline is not None and context.clock.monotonic() >= task.deadline:
            return Outcome(ending=Ending.TIMEOUT, detail="Nobody said in time that it was done.")
        said = context.console.ask("Done? (your name, or 'no')", SLICE)
        if said is not None:
            name = said.strip()
            done = name.lower() not in NO
            return Outcome(detail=f"done by {name}") if done else Outcome(ending=Ending.DENIED, detail="not done")
    return Outcome(ending=Ending.INTERRUPTED)
