"""An attempt whose end nobody knows: verified, repeatable, or a question to a person. Never repeated in silence."""

from __future__ import annotations

from collections.abc import Callable

from rollback_gov.execution.asking import ask_person
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.next import SettleStep
from rollback_gov.execution.outcome import Verdict
from rollback_gov.execution.probe import decide
from rollback_gov.execution.task import Settlement
from rollback_gov.model.errors import Interrupted, Refused

ANSWERS = {"done": "done", "again": "run_again", "abort": "abort"}


def settle_unknown(
    context: Context,
    journal: Journal,
    instruction: SettleStep,
    given: str,
    *,
    look: Callable[[], Settlement],
    doubted: bool = False,
) -> str:
    """Decide what to do with the attempt, write it down and give it: ``done``, ``run_again`` or ``abort``.

    ``given`` is a person's answer from the command line; ``look`` is the action's own look at the world;
    ``doubted``: the end of the journal is missing, so it is not even known whether the attempt began.
    Raises Refused when a person has to say and nobody can be asked.
    """
    path, step = instruction.path, instruction.step
    data = {"step": path, "attempt": instruction.attempt}
    reason = "the end of the journal is missing" if doubted else "the process ended without leaving an exit code"
    journal.append("step.unknown", {**data, "reason": reason})
    context.console.say(f"  {path}: {'may have begun' if doubted else 'began'}, and nobody knows how it ended")
    how, outcome = ("person", ANSWERS[given]) if given else ("", "")
    if not how and step.verify is not None:
        verdict, _ = decide(context, step.verify, name="verify")
        if verdict is not Verdict.UNKNOWN:
            how, outcome = "verify", "done" if verdict is Verdict.PASSED else "run_again"
    if not how and (seen := look()) != "unknown":
        how, outcome = "action", seen
    if not how and step.idempotent:
        how, outcome = "idempotent", "run_again"
    if not how:
        how, outcome = "person", _ask(context, path, instruction.attempt)
    by = context.person if how == "person" else ""
    journal.append("step.settled", {**data, "how": how, "outcome": outcome, "by": by})
    context.console.say(f"  {path}: {outcome.replace('_', ' ')} ({how})")
    return outcome


def named(path: str, attempt: int) -> str:
    """Name an attempt as ``--settle`` understands it. The first one needs no number."""
    return path if attempt == 1 else f"{path}@{attempt}"


def _ask(context: Context, path: str, attempt: int) -> str:
    if not context.console.interactive:
        raise Refused(
            f"Nobody knows whether step '{path}' had its effect, and a person has to say.",
            reasons=("It is not idempotent and has no `verify`, so it is never repeated in silence.",),
            hint=f"Look, then: rollback-gov resume {context.run} --settle {named(path, attempt)}=done|again|abort",
        )
    question = f"Step '{path}': done by now, run it again, or abort? (done/again/abort)"
    outcome = ask_person(context, question, ANSWERS.get)
    if outcome is None:
        raise Interrupted(f"The run {context.run} waits for a decision about step '{path}'.")
    return outcome
