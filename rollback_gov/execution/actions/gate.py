"""``gate``: a person decides. Silence is no, unless the plan says otherwise."""

from __future__ import annotations

from dataclasses import field
from functools import partial

from rollback_gov.execution.asking import NO, NotUnderstood, Prompt, ask_person
from rollback_gov.execution.context import Context
from rollback_gov.execution.inbox import Answer
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.execution.question import APPROVED, DEADLINE, DENIED, Asked, Said, is_same_person
from rollback_gov.execution.task import Task
from rollback_gov.execution.waiting import Wait
from rollback_gov.model.action import Gate

SAFE_TO_REPEAT = True
_SILENCE = "nobody decided in time"


def perform(context: Context, task: Task) -> Outcome:
    """Wait for a yes or a no: at this terminal, or left by ``rollback-gov approve``."""
    return decide(context, task, task.step.payload)


def decide(context: Context, task: Task, gate: Gate, *, subject: str = "") -> Outcome:
    """Let a person decide. ``subject`` is the digest of what the answer is about: an answer about another is none.

    What was decided stays decided when the process died before it could act on it, as long as it is about the same
    thing. Asked about anew are other scripts than those that were approved, another plan of terraform's (``subject``),
    and whatever is tried again after its end was written, because people saw what came of the first yes. A no and a
    silence stay as well: nobody gets another try by killing the process.
    """
    earlier = task.decided()
    context.console.say(f"    gate: {gate.ask}")
    if earlier and earlier.get("subject", "") == subject:
        said = Said(earlier["decision"], earlier["by"], earlier["reason"])
        context.console.say(f"    decided before the process died: {said.decision} by {said.by or 'nobody'}")
        return _outcome(said)
    return _outcome(_ask(context, task, gate, subject))


def _ask(context: Context, task: Task, gate: Gate, subject: str) -> Said | None:
    asked = Asked(
        path=task.path,
        ask=gate.ask,
        deadline=gate.deadline.seconds if gate.deadline else None,
        patience=context.patience,
        subject=subject,
        executable=task.executable,
        role=gate.role,
        pages=True,
    )
    question = f"{gate.ask} Who approves? (name, or 'no')"
    prompt = Prompt(context, question, partial(_understood, context))
    return _GateWait(context, task.record, asked, prompt, gate=gate).answer()


class _GateWait(Wait, kw_only=False, frozen=False):
    """Waits at one gate."""

    gate: Gate = field(kw_only=True)
    _called: bool = False

    def counts(self, answer: Answer) -> bool:
        """Whoever started the run approves only with a reason, and nobody for other scripts than those that run now."""
        if answer.executable not in ("", self.asked.executable):
            return False
        return not is_same_person(answer.by, self.context.starter) or bool(answer.reason)

    def more_time(self) -> float:
        """Take the next rung of the ladder, once; whoever is called has as much time again."""
        context, deadline = self.context, self.gate.deadline
        if self.gate.on_deadline != "escalate" or self._called or deadline is None:
            return 0.0
        self._called = True
        if not context.escalate():
            context.notify("escalated", {"text": f"nobody has decided: {self.gate.ask}"})
        context.console.say(f"    gate: nobody has decided in {deadline}; more people are called, for as long again")
        return deadline.seconds

    def silence(self) -> Said:
        """Do as the plan says. Without a deadline, and nobody there to wait for, the answer is no."""
        if self.gate.deadline is None:
            return Said(DENIED, "", "nobody can be asked and the gate has no deadline")
        return Said(DEADLINE, "", self.gate.on_deadline)

    def decided(self, said: Said) -> None:
        """The review of an override must not be lost between two lines, so it is written first."""
        if said.decision == APPROVED and is_same_person(said.by, self.context.starter):
            check = f"gate {self.asked.path}"
            self.record("override", {"check": check, "reason": said.reason, "by": said.by})
        Wait.decided(self, said)


def _understood(context: Context, name: str) -> Said | None:
    """Read a name. Whoever started the run is not the one who approves, but may override with a reason."""
    if name.lower() in ("y", "yes"):
        raise NotUnderstood("Please write your name: it is recorded who approves.")
    if name.lower() in NO:
        return Said(DENIED, context.person)
    if not is_same_person(name, context.starter):
        return Said(APPROVED, name)
    reason = ask_person(context, f"{name} started this run. Why is it approved all the same? (empty: no)", str)
    if reason is None:
        return None
    return Said(DENIED, name) if reason.lower() in NO else Said(APPROVED, name, reason)


def _outcome(said: Said | None) -> Outcome:
    if said is None:
        return Outcome(ending=Ending.INTERRUPTED)
    if said.decision == APPROVED or (said.decision == DEADLINE and said.reason == "proceed"):
        return Outcome(detail=f"approved by {said.by}" if said.by else f"{_SILENCE}; the plan says to go on")
    if said.decision == DEADLINE:
        return Outcome(ending=Ending.DENIED, detail=_SILENCE)
    return Outcome(ending=Ending.DENIED, detail=f"denied by {said.by or 'nobody'}: {said.reason}".rstrip(": "))
