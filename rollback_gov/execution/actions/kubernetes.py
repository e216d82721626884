"""``kubernetes``: one kubectl command in an explicit namespace; an undo always goes to a revision by its number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rollback_gov.execution.arguments import Unanswered, last_words, refused
from rollback_gov.execution.bash import run_script
from rollback_gov.execution.context import Context
from rollback_gov.execution.kubectl import ENVIRONMENT, arguments, is_repeatable
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.execution.rollout import Rollouts
from rollback_gov.execution.task import Settlement, Task
from rollback_gov.model.action import Kubernetes

ONE_PROCESS = True


def perform(context: Context, task: Task) -> Outcome:
    """Do what the step says. What would not bear a repetition first looks at what is there, and writes that down."""
    wish: Kubernetes = task.step.payload
    rollouts = Rollouts(context, wish)
    try:
        if wish.verb == "rollout_restart":
            _resolved(task, restarted_at=rollouts.restarted_at())
        revision = _resolve(rollouts, task) if wish.verb == "rollout_undo" else ""
    except Unanswered as reason:
        return reason.outcome
    if wish.verb == "rollout_undo" and not revision:
        said = f"{wish.target} runs what it is to go back to; nothing to do."
        context.console.say(f"    {said}")
        return Outcome(exit=0, stdout=said, detail=said)
    return _run(context, task, wish, revision)


def settle(context: Context, task: Task) -> Settlement:
    """Say what became of an attempt whose end is unknown, by what the cluster has now."""
    wish: Kubernetes = task.step.payload
    rollouts = Rollouts(context, wish)
    try:
        if wish.verb in ("rollout_undo", "rollout_restart"):
            return "done" if _is_there(rollouts, task) else "run_again"
        if wish.verb == "delete":
            selector = (f"--selector={wish.selector}",) if wish.selector else ()
            left = rollouts.ask("get", wish.target, *selector, "--ignore-not-found", "--output=name")
            return "unknown" if left.strip() else "done"
    except Unanswered:
        return "unknown"
    return "run_again" if is_repeatable(wish) else "unknown"


def _is_there(rollouts: Rollouts, task: Task) -> bool:
    """Nothing was done before it was written down; afterwards, what was written down tells.

    An undo has one target in all its attempts; each attempt of a restart is a restart of its own.
    """
    resolved = task.recall("step.resolved")
    if not resolved:
        return False
    if rollouts.wish.verb == "rollout_restart":
        return resolved["attempt"] == task.attempt and rollouts.restarted_at() != str(resolved["restarted_at"])
    return rollouts.live_template() == str(resolved["template"])


def _resolved(task: Task, **found: Any) -> None:
    task.record("step.resolved", {"step": task.path, "attempt": task.attempt, **found})


def _run(context: Context, task: Task, wish: Kubernetes, revision: str = "") -> Outcome:
    argv = arguments(wish, context.parameters, seconds=task.left(context.clock), revision=revision)
    command = context.command(argv, {**(task.step.env or {}), **ENVIRONMENT}, folder=context.plan_folder)
    outcome = run_script(context, command, state=task.state, deadline=task.deadline, outputs=task.outputs)
    if outcome.exit == 127:
        return Outcome(ending=Ending.ERROR, detail="kubectl is not on PATH.")
    return replace(outcome, detail=outcome.detail or (last_words(outcome) if outcome.exit else ""))


def _resolve(rollouts: Rollouts, task: Task) -> str:
    """Give the revision to go back to and write it down; empty when its template is live already.

    Without a number kubectl takes "the one before", which after a repetition is where it came from. So what an attempt
    of this run once resolved stays the target. Raises Unanswered.
    """
    history = rollouts.revisions()
    if not history:
        raise refused(f"{rollouts.wish.target} has no revisions to go back to.")
    live = rollouts.template(history[-1])
    if known := task.recall("step.resolved"):
        again = "" if live == known["template"] else rollouts.numbered(known["template"], history)
        if again is None:
            raise refused(_gone(rollouts.wish, known["revision"], history))
        return again
    wanted = _wanted(rollouts, history)
    revision = wanted if wanted in history else rollouts.renumbered(wanted)
    if revision is None:
        raise refused(_gone(rollouts.wish, wanted, history))
    template = rollouts.template(revision)
    _resolved(task, revision=revision, template=template, live=history[-1])
    return "" if template == live else str(revision)


def _wanted(rollouts: Rollouts, history: list[int]) -> int:
    wish = rollouts.wish.to_revision
    if wish is not None and wish.value is not None:
        return wish.value
    if wish is not None:
        text = rollouts.context.baseline_value(wish.baseline)
        if text is None or not text.isdecimal():
            raise refused(f"The baseline '{wish.baseline}' names no revision ({text or 'it is missing'}).")
        return int(text)
    if len(history) < 2:
        raise refused(f"{rollouts.wish.target} has no revision before the live one ({history[-1]}).")
    return history[-2]


def _gone(wish: Kubernetes, revision: int, history: list[int]) -> str:
    known = ", ".join(map(str, history))
    return f"{wish.target} has no revision {revision} (it has: {known}); `set_image` with the old image needs none."
