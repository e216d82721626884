"""``manual``: a person does it and says so, at this terminal or from elsewhere."""

from __future__ import annotations

from rollback_gov.execution.asking import NO, Prompt
from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.execution.question import APPROVED, DEADLINE, DENIED, Asked, Said
from rollback_gov.execution.task import Task
from rollback_gov.execution.waiting import Wait

SAFE_TO_REPEAT = True


def perform(context: Context, task: Task) -> Outcome:
    """Show what is to be done and wait for the word, at most until the deadline."""
    context.console.say(f"    by hand: {task.step.manual}")
    seconds = None if task.deadline is None else task.left(context.clock)
    asked = Asked(path=task.path, ask=task.step.manual, deadline=seconds, patience=context.patience, by_hand=True)
    said = Wait(context, task.record, asked, Prompt(context, "Done? (your name, or 'no')", _understood)).answer()
    if said is None:
        return Outcome(ending=Ending.INTERRUPTED)
    return _nobody(timed=seconds is not None or context.patience > 0) if said.decision == DEADLINE else _outcome(said)


def _understood(name: str) -> Said:
    return Said(DENIED) if name.lower() in NO else Said(APPROVED, name)


def _outcome(said: Said) -> Outcome:
    reason = f": {said.reason}" if said.reason else ""
    if said.decision == APPROVED:
        return Outcome(detail=f"done by {said.by}{reason}")
    return Outcome(ending=Ending.DENIED, detail=f"not done, says {said.by}{reason}" if said.by else "not done")


def _nobody(*, timed: bool) -> Outcome:
    if timed:
        return Outcome(ending=Ending.TIMEOUT, detail="Nobody said in time that it was done.")
    detail = "A person has to do this, there is no terminal to ask at, and the step has no timeout to wait for."
    return Outcome(ending=Ending.ERROR, detail=detail)
