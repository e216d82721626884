"""After a failed rollback: the rest of the escalation ladder, by elapsed time, until somebody takes over."""

from __future__ import annotations

from dataclasses import replace

from rollback_gov.execution.clock import seconds_since
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.named_questions import TAKE_OVER
from rollback_gov.execution.pace import Pace
from rollback_gov.execution.question import APPROVED, DEADLINE, Asked, Said, again
from rollback_gov.execution.sla import human
from rollback_gov.execution.waiting import Wait


def walk_ladder(context: Context, journal: Journal, pace: Pace) -> None:
    """Take each rung for a failed run when its time has come; nothing happens where none is left.

    It ends with the last rung, or with ``approve RUN failure``. Nobody is called by a process that is gone: one that
    is asked to stop writes down that it does, and ``resume`` goes on, with the times of the failure.
    """
    note_ladder(journal, pace)
    waits = pace.to_come("failed")
    if not waits:
        return
    began = context.clock.monotonic() - _since_failure(context, journal)
    context.console.say(
        f"  the escalation ladder goes on: {', '.join(human(wait) for wait in waits)} after the failure"
    )
    left = max(waits[-1] - (context.clock.monotonic() - began), 0.0)
    asked = Asked(path=TAKE_OVER, ask="The rollback failed. Who takes over?", choices=(APPROVED,), deadline=left)
    climbing = replace(context, tick=lambda: pace.climb("failed", context.clock.monotonic() - began))
    wait = _LadderWait(climbing, journal.append, asked)
    said = wait.answer()
    if said is None:
        _stop(wait, again(context.run, distributed=bool(pace.state.started.get("distributed"))))
    elif said.by:
        context.console.say(f"  {said.by} takes over")
        context.notify("acknowledged", {"text": f"{said.by} has taken over"})


def note_ladder(journal: Journal, pace: Pace) -> None:
    """Write down, once, who is still to be called: whoever looks on later sees who was not."""
    rungs = [
        {"level": rung.level, "name": rung.name, "after_seconds": rung.after.seconds}
        for rung in pace.rungs_to_come("failed")
    ]
    if rungs and not any(event.type == "ladder.open" for event in journal.events):
        journal.append("ladder.open", {"rungs": rungs})


def is_open(journal: Journal, pace: Pace) -> bool:
    """Say whether somebody is still to be called, and nobody has taken over."""
    return bool(pace.to_come("failed")) and not pace.state.taken_over


class _LadderWait(Wait, kw_only=False, frozen=False):
    """Waits for whoever takes over. Nobody can be asked here: whoever sits here ends the process instead."""

    def silence(self) -> Said:
        """Take the last rung, whose time is exactly over."""
        self.context.tick()
        return Said(DEADLINE, "", "the last rung is taken")


def _since_failure(context: Context, journal: Journal) -> float:
    """Seconds since the run failed; a process before this one may have written it."""
    ends = (event for event in journal.events if event.type == "run.finished")
    return seconds_since(next(ends), journal.events, context.clock)


def _stop(wait: Wait, hint: str) -> None:
    """Whoever presses Ctrl-C at the terminal sits there and takes over. A signal from elsewhere takes nothing over."""
    context = wait.context
    if context.stop.signal == "SIGINT" and context.console.interactive:
        wait.decided(Said(APPROVED, context.person, "ended by SIGINT"))
        return
    wait.record("run.interrupted", {**context.stop.wish, "open": TAKE_OVER})
    context.console.say("  the ladder stops here: nobody else is called until it goes on with")
    context.console.say(f"    {hint}")
