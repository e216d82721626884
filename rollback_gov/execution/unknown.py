"""An attempt whose end nobody knows: verified, repeatable, or a question to a person. Never repeated in silence."""

from __future__ import annotations

from collections.abc import Callable

from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.named_questions import UNKNOWN
from rollback_gov.execution.next import SettleStep
from rollback_gov.execution.outcome import Verdict
from rollback_gov.execution.probe import decide
from rollback_gov.execution.question import DEADLINE, Asked, Said
from rollback_gov.execution.task import Settlement
from rollback_gov.execution.waiting import choose
from rollback_gov.model.errors import Refused

ANSWERS = {"done": "done", "again": "run_again", "abort": "abort"}


def settle_unknown(
    context: Context,
    journal: Journal,
    instruction: SettleStep,
    given: str,
    *,
    look: Callable[[], Settlement],
    doubted: bool = False,
) -> bool:
    """Decide what to do with the attempt, and write it down: ``done``, ``run_again`` or ``abort``.

    ``given`` is a person's answer from the command line; ``look`` is the action's own look at the world;
    ``doubted``: the end of the journal is missing, so it is not even known whether the attempt began.
    False: nothing is decided, because the run is to stop. Raises Refused when a person has to say and nobody does.
    """
    path, step = instruction.path, instruction.step
    data = {"step": path, "attempt": instruction.attempt}
    reason = "the end of the journal is missing" if doubted else "the process ended without leaving an exit code"
    journal.append("step.unknown", {**data, "reason": reason})
    context.console.say(f"  {path}: {'may have begun' if doubted else 'began'}, and nobody knows how it ended")
    how, outcome, by = ("person", ANSWERS[given], context.person) if given else ("", "", "")
    if not how and step.verify is not None:
        verdict, _ = decide(context, step.verify, name="verify")
        if verdict is not Verdict.UNKNOWN:
            how, outcome = "verify", "done" if verdict is Verdict.PASSED else "run_again"
    if not how and (seen := look()) != "unknown":
        how, outcome = "action", seen
    if not how and step.idempotent:
        how, outcome = "idempotent", "run_again"
    if not how:
        said = _ask(context, journal, instruction)
        if said is None:
            return False
        how, outcome, by = "person", ANSWERS[said.decision], said.by
    journal.append("step.settled", {**data, "how": how, "outcome": outcome, "by": by})
    context.console.say(f"  {path}: {outcome.replace('_', ' ')} ({by or how})")
    return True


def named(path: str, attempt: int) -> str:
    """Name an attempt as ``--settle`` understands it. The first one needs no number."""
    return path if attempt == 1 else f"{path}@{attempt}"


def _ask(context: Context, journal: Journal, instruction: SettleStep) -> Said | None:
    path = instruction.path
    name = named(path, instruction.attempt)
    title = instruction.step.title
    ask = f"Nobody knows how {title} ended. Is it done, shall it run again, or is the run given up?"
    asked = Asked(path=f"{UNKNOWN}{name}", ask=ask, choices=tuple(ANSWERS), patience=context.patience)
    question = f"Step '{path}': done by now, run it again, or abort? (done/again/abort)"
    said = choose(context, journal.append, asked, question, dict(zip(ANSWERS, ANSWERS, strict=True)))
    if said is not None and said.decision == DEADLINE:
        raise Refused(
            f"Nobody knows whether step '{path}' had its effect, and a person has to say.",
            reasons=("It is not idempotent and has no `verify`, so it is never repeated in silence.",),
            hint=f"Look, then: rollback-gov resume {context.run} --settle {name}=done|again|abort",
        )
    return said
