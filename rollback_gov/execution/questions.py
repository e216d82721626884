"""What a run waits for, with the command that answers it, and what comes next in each state."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote

from rollback_gov.execution.glance import DAMAGED, NOT_STARTED, Glance
from rollback_gov.execution.unknown import named

TAKE_OVER = "failure"
"""What is answered by whoever takes over after a failed rollback. There is no other answer to it."""
OVERRIDE = "override/"
"""Before the name of a refused check: whoever says yes goes on in spite of it, and says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that a person has to say. ``since`` and ``deadline`` are UTC, empty where there is none."""

    step: str
    ask: str
    answers: tuple[str, ...]
    """Commands, one an answer."""
    since: str = ""
    deadline: str = ""


def questions(seen: Glance) -> tuple[Question, ...]:
    """Give the open questions of a run, the oldest first."""
    progress, run = seen.progress, quote(seen.run)
    asked = tuple(
        Question(
            step=waiting.step,
            ask=waiting.ask,
            answers=_answers(run, waiting.step),
            since=waiting.since,
            deadline=waiting.deadline,
        )
        for waiting in (progress.waiting if seen.hears or not progress.result else ())
    )
    unknown = tuple(
        Question(
            step=step.path,
            ask=f"Nobody knows how {step.title} ended. Is it done, shall it run again, or is the run given up?",
            answers=tuple(
                f"rollback-gov resume {run} --settle {quote(named(step.path, step.attempt))}={how}" for how in _SETTLE
            ),
        )
        for step in progress.steps.values()
        if step.is_unknown and not seen.goes_on and not progress.result
    )
    return asked + unknown


_SETTLE = ("done", "again", "abort")


def _answers(run: str, step: str) -> tuple[str, ...]:
    yes = f"rollback-gov approve {run} {quote(step)}"
    if step == TAKE_OVER:
        return (yes,)
    if step.startswith(OVERRIDE):
        return (f'{yes} --reason "…"', f"{yes} --deny")
    return (yes, f"{yes} --deny")


def next_step(seen: Glance) -> str:
    """Say what to do now; a command where there is one."""
    run = quote(seen.run)
    if seen.progress.distributed and seen.state in ("interrupted", "dead"):
        run += " --distributed"
    return _NEXT[seen.state].format(run=run)


_NEXT = {
    "waiting": "answer what is waited for",
    "running": "look on: rollback-gov status {run} --watch",
    "interrupted": "go on: rollback-gov resume {run}",
    "dead": "its process is gone; take it over: rollback-gov resume {run}",
    DAMAGED: "compare the journal with a copy; a run cannot go on from a changed journal",
    NOT_STARTED: "nothing was run; the folder can be removed",
    "passed": "read the report: rollback-gov report incident {run}",
    "failed": "it is NOT rolled back; see why: rollback-gov report incident {run}",
    "aborted": "it is NOT rolled back; see why: rollback-gov report incident {run}",
}
