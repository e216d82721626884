"""``manual``: a person does it and says so, at this terminal or from elsewhere."""

from __future__ import annotations

from datetime import timedelta

from rollback_gov.execution.asking import NO, SLICE
from rollback_gov.execution.clock import stamp
from rollback_gov.execution.context import Context
from rollback_gov.execution.inbox import answers, use_up
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.execution.task import Task

SAFE_TO_REPEAT = True


def perform(context: Context, task: Task) -> Outcome:
    """Show what is to be done and wait for the word, at most until the deadline."""
    context.console.say(f"    by hand: {task.step.manual}")
    if not context.console.interactive and task.deadline is None:
        detail = "A person has to do this, there is no terminal to ask at, and the step has no timeout to wait for."
        return Outcome(ending=Ending.ERROR, detail=detail)
    _announce(context, task)
    while not context.stop.requested:
        context.tick()
        outcome = _remote(context, task) or _local(context)
        if outcome is not None:
            return outcome
        if task.deadline is not None and context.clock.monotonic() >= task.deadline:
            return Outcome(ending=Ending.TIMEOUT, detail="Nobody said in time that it was done.")
        if not context.console.interactive:
            context.clock.sleep(SLICE)
    return Outcome(ending=Ending.INTERRUPTED)


def _announce(context: Context, task: Task) -> None:
    until = ""
    if task.deadline is not None:
        until = stamp(context.clock.now() + timedelta(seconds=task.left(context.clock)))
    task.record("manual.waiting", {"step": task.path, "ask": task.step.manual, "deadline": until})
    context.console.say(f"    from elsewhere: rollback-gov approve {context.run} {task.path}")
    if not context.console.interactive:
        context.notify("gate", {"step": task.path, "text": f"By hand: {task.step.manual}"})


def _remote(context: Context, task: Task) -> Outcome | None:
    """The newest answer counts: somebody may say no first and do it then."""
    mine = [answer for answer in answers(context.folder) if answer.step == task.path]
    if not mine:
        return None
    answer = mine[-1]
    use_up(context.folder, task.path)
    reason = f": {answer.reason}" if answer.reason else ""
    if answer.decision == "approved":
        return Outcome(detail=f"done by {answer.by}{reason}")
    return Outcome(ending=Ending.DENIED, detail=f"not done, says {answer.by}{reason}")


def _local(context: Context) -> Outcome | None:
    said = context.console.ask("Done? (your name, or 'no')", SLICE) if context.console.interactive else None
    if said is None:
        return None
    name = said.strip()
    done = name.lower() not in NO
    return Outcome(detail=f"done by {name}") if done else Outcome(ending=Ending.DENIED, detail="not done")
