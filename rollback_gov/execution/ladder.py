"""After a failed rollback: the rest of the escalation ladder, by elapsed time, until somebody takes over."""

from __future__ import annotations

from dataclasses import replace

from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.named_questions import TAKE_OVER
from rollback_gov.execution.pace import Pace
from rollback_gov.execution.question import APPROVED, DEADLINE, Asked, Said
from rollback_gov.execution.sla import human
from rollback_gov.execution.waiting import Wait


def walk_ladder(context: Context, journal: Journal, pace: Pace) -> None:
    """Take each rung for a failed run when its time has come; nothing happens where none is left.

    It ends with the last rung, with ``approve RUN failure``, or when this process is asked to stop.
    """
    waits = pace.to_come("failed")
    if not waits:
        return
    began = context.clock.monotonic()
    context.console.say(
        f"  the escalation ladder goes on: {', '.join(human(wait) for wait in waits)} after the failure"
    )
    asked = Asked(path=TAKE_OVER, ask="The rollback failed. Who takes over?", choices=(APPROVED,), deadline=waits[-1])
    climbing = replace(context, tick=lambda: pace.climb("failed", context.clock.monotonic() - began))
    wait = _LadderWait(climbing, journal.append, asked)
    said = wait.answer()
    if said is None:
        said = Said(APPROVED, context.person, f"ended by {context.stop.signal}")
        wait.decided(said)
    elif said.by:
        context.console.say(f"  {said.by} takes over")


class _LadderWait(Wait):
    """Waits for whoever takes over. Nobody can be asked here: whoever sits here ends the process instead."""

    __slots__ = ()

    def silence(self) -> Said:
        """Take the last rung, whose time is exactly over."""
        self.context.tick()
        return Said(DEADLINE, "", "the last rung is taken")
