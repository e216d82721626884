"""Answering, from elsewhere, what a run waits for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from rollback_gov.commands.status import all_runs, look
from rollback_gov.execution.glance import Glance
from rollback_gov.execution.inbox import Answer, leave
from rollback_gov.execution.named_questions import LAST_RESORT, OVERRIDE, TAKE_OVER
from rollback_gov.execution.progress import Waiting
from rollback_gov.execution.question import APPROVED, DENIED, YES_OR_NO, is_same_person
from rollback_gov.execution.questions import answers_to, needs_reason, questions
from rollback_gov.model.errors import Refused, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer that was left, the question that it answers, and whether anybody is there to read it now."""

    seen: Glance
    question: Waiting
    answer: Answer


def waiting_runs(incidents: Path) -> tuple[Glance, ...]:
    """Give the runs that wait for a person, the newest first."""
    return tuple(seen for seen in all_runs(incidents) if seen.hears)


def approve(run: str, step: str, incidents: Path, *, decision: str, person: str, reason: str) -> Answered:
    """Leave an answer for what waits; ``step`` may be empty where only one thing does.

    ``decision`` is ``approved``, ``denied``, or the choice where a question names some.

    Raises UsageError when nothing of that name waits, or the answer is none to it; Refused when the run's starter
    agrees without a reason.
    """
    seen = look(run, incidents, unfinished=True)
    question = _the_one(seen, step)
    _check(seen, question, decision=decision, person=person, reason=reason)
    answer = Answer(
        step=question.step,
        decision=decision,
        by=person,
        reason=reason,
        executable=seen.progress.executable,
        subject=question.subject,
    )
    leave(seen.folder, answer, number=time.time_ns())
    return Answered(seen=seen, question=question, answer=answer)


def _check(seen: Glance, question: Waiting, *, decision: str, person: str, reason: str) -> None:
    """Hold an answer against what the question takes, who may give it, and whether it has to say why."""
    step = question.step
    if not question.takes(decision):
        raise _no_answer(seen, question, decision)
    if decision != APPROVED or reason:
        return
    if needs_reason(step):
        what = (
            "Beginning the last resort"
            if step == LAST_RESORT
            else f"Going on in spite of '{step.removeprefix(OVERRIDE)}'"
        )
        raise UsageError(f"{what} needs a reason.", hint="Say why with --reason TEXT; it is recorded for review.")
    if question.is_gate and is_same_person(person, seen.progress.started_by):
        raise Refused(
            f"{person} started this run; somebody else approves its gates.",
            hint="If nobody else is there, override it with --reason TEXT; it is recorded for review.",
        )


def _no_answer(seen: Glance, question: Waiting, decision: str) -> UsageError:
    if question.step == TAKE_OVER and decision == DENIED:
        return UsageError(
            "Nobody can deny that the rollback failed; the escalation ladder goes on until somebody takes over.",
            hint=f"Take over with: rollback-gov approve {seen.run} {question.step}",
        )
    commands = (f"  {command}" for command in answers_to(seen.run, question))
    said = f"'{decision}' is no answer to" if decision not in YES_OR_NO else "A yes or a no does not answer"
    return UsageError(f"{said} {question.step}: {question.ask}", hint="\n".join(["Answer with one of:", *commands]))


def _the_one(seen: Glance, step: str) -> Waiting:
    waiting = seen.progress.waiting
    matches = [item for item in waiting if item.step == step or item.step.endswith(f"/{step}")] if step else waiting
    if len(matches) == 1:
        return matches[0]
    if not waiting:
        stands = f"is {seen.state}" if seen.goes_on else f"has ended ({seen.state})" if seen.progress.result else ""
        raise UsageError(
            f"The run {seen.run} {stands or f'is {seen.state}'} and waits for nobody.",
            hint=f"See: rollback-gov status {seen.run}",
        )
    names = ", ".join(item.step for item in waiting)
    commands = [question.answers[0] for question in questions(seen) if question.since]
    raise UsageError(
        f"Name one gate that waits (waiting: {names}).",
        hint="\n".join(["For example:", *(f"  {command}" for command in commands)]) if commands else "",
    )
