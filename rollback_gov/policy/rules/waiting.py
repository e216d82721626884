"""RG206: waits that are longer than the time they have."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.duration import Duration
from rollback_gov.model.finding import Finding
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.scripts import PlanScript
from rollback_gov.policy.shell.script import BACKGROUND, in_function
from rollback_gov.policy.shell.unwrapping import LIMITED
from rollback_gov.policy.subject import Subject
from rollback_gov.policy.waits import Wait, limits, pauses


@rule(
    "RG206",
    "A wait longer than the time it has",
    from_level=2,
    warn_from=1,
    page=Page(
        what="The pauses of a script together are longer than its timeout or the budget of its phase; or a command may "
        "wait longer than that (`--timeout=120s` in a step of one minute).",
        why="The step is stopped in the middle of its waiting and has failed, although nothing was wrong.",
        bad="phases:\n  - {id: drain, budget: 1m, steps: [{id: idle, run: sleep 90}]}",
        good="phases:\n  - {id: drain, budget: 2m, steps: [{id: idle, run: sleep 90, timeout: 100s}]}",
    ),
)
def longer_than_its_time(subject: Subject) -> Iterator[Finding]:
    """Compare each script's pauses, and the limits of its commands, with its own limit."""
    for placed in subject.scripts:
        limit, whose = _limit(placed)
        if limit is None or placed.role == "looks" or placed.called_in(BACKGROUND, LIMITED):
            continue
        waits = list(pauses(placed.script))
        total = sum((wait.length for wait in waits), Duration(0))
        if total > limit:
            yield _finding(subject, placed, waits[-1], f"The script sleeps for {total}, and {whose} is {limit}.")
        for wait in limits(placed.script):
            if wait.length > limit and not (placed.is_sourced and in_function(wait.scope)):
                message = f"The command may wait for {wait.length}, and {whose} is {limit}."
                yield _finding(subject, placed, wait, message)


def _limit(placed: PlanScript) -> tuple[Duration | None, str]:
    if placed.limit is not None:
        return placed.limit, "its timeout"
    if placed.role == "acts" and placed.phase is not None and placed.phase.budget is not None:
        return placed.phase.budget, f"the budget of phase '{placed.phase.id}'"
    return None, ""


def _finding(subject: Subject, placed: PlanScript, wait: Wait, message: str) -> Finding:
    hint = "Wait for what is waited for, with `until`; or give it the time."
    span = (wait.word.start, wait.word.end)
    return subject.in_script(placed, message, hint, span=span, doubt=not wait.sure)
