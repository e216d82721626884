"""After a failed rollback: the rest of the escalation ladder, by elapsed time, until somebody takes over."""

from __future__ import annotations

from rollback_gov.execution.asking import SLICE
from rollback_gov.execution.context import Context
from rollback_gov.execution.inbox import Answer, answers, use_up
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.pace import Pace
from rollback_gov.execution.questions import TAKE_OVER
from rollback_gov.execution.sla import human


def walk_ladder(context: Context, journal: Journal, pace: Pace) -> None:
    """Take each rung for a failed run when its time has come; nothing happens where none is left.

    It ends with the last rung, with ``approve RUN failure``, or when this process is asked to stop.
    """
    waits = pace.to_come("failed")
    if not waits:
        return
    began = context.clock.monotonic()
    journal.append(
        "gate.waiting",
        {"step": TAKE_OVER, "ask": "The rollback failed. Who takes over?", "deadline": "", "subject": ""},
    )
    context.console.say(
        f"  the escalation ladder goes on: {', '.join(human(wait) for wait in waits)} after the failure"
    )
    context.console.say(f"  whoever takes over ends it: rollback-gov approve {context.run} {TAKE_OVER}, or Ctrl-C here")
    answer = None
    while pace.to_come("failed") and answer is None and not context.stop.requested:
        context.clock.sleep(SLICE)
        pace.climb("failed", context.clock.monotonic() - began)
        answer = _answer(context)
    decision, by, reason = _taken_over(context, answer)
    data = {"step": TAKE_OVER, "decision": decision, "by": by, "reason": reason, "executable": ""}
    journal.append("gate.decided", {**data, "seconds": round(context.clock.monotonic() - began, 3)})
    use_up(context.folder, TAKE_OVER)


def _answer(context: Context) -> Answer | None:
    """Somebody who takes over. That the rollback failed cannot be denied."""
    mine = (answer for answer in answers(context.folder) if answer.step == TAKE_OVER)
    return next((answer for answer in mine if answer.decision == "approved"), None)


def _taken_over(context: Context, answer: Answer | None) -> tuple[str, str, str]:
    if answer is not None:
        context.console.say(f"  {answer.by} takes over")
        return "approved", answer.by, answer.reason
    if context.stop.requested:
        return "approved", context.person, f"ended by {context.stop.signal}"
    return "deadline", "", "the last rung is taken"
