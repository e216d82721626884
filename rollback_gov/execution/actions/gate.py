"""``gate``: a person decides. Silence is no, unless the plan says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from rollback_gov.execution.asking import NO, SLICE, ask_person
from rollback_gov.execution.clock import stamp
from rollback_gov.execution.context import Context
from rollback_gov.execution.inbox import answers, use_up
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.execution.task import Task
from rollback_gov.model.action import Gate

SAFE_TO_REPEAT = True
_SILENCE = "nobody decided in time"


@dataclass(frozen=True, slots=True)
class _Decision:
    decision: str
    by: str
    reason: str = ""


def perform(context: Context, task: Task) -> Outcome:
    """Wait for a yes or a no: at this terminal, or left by ``rollback-gov approve``."""
    return decide(context, task, task.step.payload)


def decide(context: Context, task: Task, gate: Gate, *, subject: str = "") -> Outcome:
    """Let a person decide. ``subject`` is the digest of what the answer is about: an answer about another is none."""
    began = context.clock.monotonic()
    deadline = began + gate.deadline.seconds if gate.deadline else None
    until = stamp(context.clock.now() + timedelta(seconds=gate.deadline.seconds)) if gate.deadline else ""
    task.record("gate.waiting", {"step": task.path, "ask": gate.ask, "deadline": until, "subject": subject})
    context.console.say(f"    gate: {gate.ask}")
    context.console.say(f"    from elsewhere: rollback-gov approve {context.run} {task.path}")
    context.notify("gate", {"step": task.path, "text": gate.ask})
    if not context.console.interactive and deadline is None:
        return _decided(
            context, task, _Decision("denied", "", "nobody can be asked and the gate has no deadline"), began
        )
    escalates = gate.on_deadline == "escalate"
    while not context.stop.requested:
        context.tick()
        decision = _remote(context, task, subject) or _local(context, gate)
        if decision is None and deadline is not None and context.clock.monotonic() >= deadline:
            if escalates:
                escalates, deadline = False, _call_more_people(context, gate)
                continue
            decision = _Decision("deadline", "", gate.on_deadline)
        if decision is not None:
            return _decided(context, task, decision, began)
        if not context.console.interactive:
            context.clock.sleep(SLICE)
    return Outcome(ending=Ending.INTERRUPTED)


def _call_more_people(context: Context, gate: Gate) -> float:
    """Take the next rung of the ladder; whoever is called has as much time again. Gives the new deadline."""
    if not context.escalate():
        context.notify("escalated", {"text": f"nobody has decided: {gate.ask}"})
    assert gate.deadline is not None
    context.console.say(f"    gate: nobody has decided in {gate.deadline}; more people are called, for as long again")
    return context.clock.monotonic() + gate.deadline.seconds


def _remote(context: Context, task: Task, subject: str) -> _Decision | None:
    for answer in answers(context.folder):
        if answer.step == task.path and answer.subject == subject and (answer.by != context.person or answer.reason):
            return _Decision(answer.decision, answer.by, answer.reason)
    return None


def _local(context: Context, gate: Gate) -> _Decision | None:
    """Ask here. Whoever started the run is not the one who approves, but may override with a reason."""
    if not context.console.interactive:
        return None
    said = context.console.ask(f"{gate.ask} Who approves? (name, or 'no')", SLICE)
    if said is None:
        return None
    name = said.strip()
    if name.lower() in ("y", "yes"):
        context.console.say("    Please write your name: it is recorded who approves.")
        return None
    if name.lower() in NO:
        return _Decision("denied", context.person)
    if name != context.person:
        return _Decision("approved", name)
    reason = ask_person(context, "You started this run. Why do you approve it yourself? (empty: no)", str)
    given = reason if reason and reason.lower() not in NO else ""
    return _Decision("approved" if given else "denied", name, given)


def _decided(context: Context, task: Task, decision: _Decision, began: float) -> Outcome:
    seconds = context.clock.monotonic() - began
    data = {"step": task.path, "decision": decision.decision, "by": decision.by, "reason": decision.reason}
    task.record("gate.decided", {**data, "seconds": round(seconds, 3), "executable": task.executable})
    use_up(context.folder, task.path)
    if decision.decision == "approved" and decision.by == context.person:
        task.record("override", {"check": f"gate {task.path}", "reason": decision.reason, "by": decision.by})
    if decision.decision == "approved" or (decision.decision == "deadline" and decision.reason == "proceed"):
        return Outcome(detail=f"approved by {decision.by}" if decision.by else f"{_SILENCE}; the plan says to go on")
    if decision.decision == "deadline":
        return Outcome(ending=Ending.DENIED, detail=_SILENCE)
    return Outcome(ending=Ending.DENIED, detail=f"denied by {decision.by or 'nobody'}: {decision.reason}".rstrip(": "))
