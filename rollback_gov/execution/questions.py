"""What a run waits for, with the command that answers it, and what comes next in each state."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote

from rollback_gov.execution.glance import DAMAGED, NOT_STARTED, Glance
from rollback_gov.execution.named_questions import LAST_RESORT, OVERRIDE, UNKNOWN
from rollback_gov.execution.progress import Waiting
from rollback_gov.execution.question import APPROVED, DENIED
from rollback_gov.execution.unknown import ANSWERS, named


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that a person has to say. ``since`` and ``deadline`` are UTC, empty where there is none."""

    step: str
    ask: str
    answers: tuple[str, ...]
    """Commands, one an answer."""
    whom: str = "anybody"
    """Who may answer."""
    since: str = ""
    deadline: str = ""


def questions(seen: Glance) -> tuple[Question, ...]:
    """Give the open questions of a run, the oldest first."""
    progress, run = seen.progress, quote(seen.run)
    asked = tuple(
        Question(
            step=waiting.step,
            ask=waiting.ask,
            answers=answers_to(run, waiting),
            whom=_whom(waiting, progress.started_by),
            since=waiting.since,
            deadline=waiting.deadline,
        )
        for waiting in (progress.waiting if seen.hears or not progress.result else ())
    )
    named_ones = {waiting.step for waiting in progress.waiting}
    unknown = tuple(
        Question(
            step=step.path,
            ask=f"Nobody knows how {step.title} ended. Is it done, shall it run again, or is the run given up?",
            answers=tuple(
                f"rollback-gov resume {run} --settle {quote(named(step.path, step.attempt))}={how}" for how in ANSWERS
            ),
        )
        for step in progress.steps.values()
        if step.is_unknown
        and not seen.goes_on
        and not progress.result
        and f"{UNKNOWN}{named(step.path, step.attempt)}" not in named_ones
    )
    return asked + unknown


def needs_reason(name: str) -> bool:
    """Say whether a yes to that question has to say why, whoever says it."""
    return name == LAST_RESORT or name.startswith(OVERRIDE)


def answers_to(run: str, waiting: Waiting) -> tuple[str, ...]:
    """Give the commands that answer a question, one an answer; ``run`` is quoted."""
    why = ' --reason "…"' if needs_reason(waiting.step) else ""
    words = {APPROVED: why, DENIED: " --deny"}
    choices = (words.get(choice, f" --choose {quote(choice)}") for choice in waiting.choices)
    return tuple(f"rollback-gov approve {run} {quote(waiting.step)}{choice}" for choice in choices)


def _whom(waiting: Waiting, starter: str) -> str:
    role = f"{waiting.role}: " if waiting.role else ""
    return f"{role}somebody else than {starter}, or {starter} with a reason" if waiting.is_gate else "anybody"


def next_step(seen: Glance) -> str:
    """Say what to do now; a command where there is one."""
    run, ladder_is_left = quote(seen.run), seen.state == "failed" and seen.progress.uncalled and not seen.hears
    if seen.progress.distributed and (ladder_is_left or seen.state in ("interrupted", "dead")):
        run += " --distributed"
    if ladder_is_left:
        return _UNCALLED.format(run=run, levels=", ".join(seen.progress.uncalled.values()))
    return _NEXT[seen.state].format(run=run)


_UNCALLED = "it is NOT rolled back, and nobody calls {levels} of its escalation ladder: rollback-gov resume {run}"


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
