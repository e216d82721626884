"""The first law: a rollback's refusals can be overridden by a named person with a reason, and that is recorded."""

from __future__ import annotations

from collections.abc import Mapping

from rollback_gov.execution.asking import NO, Prompt
from rollback_gov.execution.context import Context
from rollback_gov.execution.interruption import interrupt
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.named_questions import OVERRIDE
from rollback_gov.execution.question import APPROVED, DENIED, Asked, Said
from rollback_gov.execution.waiting import Wait
from rollback_gov.model.errors import Refused

QUESTION = "Go on all the same? Write the reason (empty: no)"


def insist(
    context: Context,
    journal: Journal,
    check: str,
    message: str,
    overrides: Mapping[str, str],
    *,
    advice: tuple[str, ...] = (),
) -> None:
    """Go on in spite of a failed check, if a person gave a reason on the command line or gives one now.

    With nobody at the terminal, people are paged and have ``context.patience`` seconds to answer from elsewhere.
    ``advice`` is what they should know before they answer. Raises Refused with the next step when nobody goes on,
    Interrupted when the run is to stop.
    """
    context.console.say(f"  REFUSED {check}: {message}")
    for line in advice:
        context.console.say(f"    {line}")
    said = (
        Said(APPROVED, context.person, overrides[check])
        if overrides.get(check)
        else _ask(context, journal, check, message)
    )
    if said is None:
        interrupt(context, journal.append)
    if said.decision != APPROVED:
        begun = any(event.type == "step.intent" for event in journal.events)
        raise Refused(
            f"The rollback {'does not go on' if begun else 'was not started'}: {message}",
            reasons=advice,
            hint=f'A person may override it, and it is recorded: --override {check} --override-reason "…"',
        )
    reason = said.reason or "approved from elsewhere"
    journal.append("override", {"check": check, "reason": reason, "by": said.by})
    context.console.say(f"  overridden by {said.by}: {reason}")


def _ask(context: Context, journal: Journal, check: str, message: str) -> Said | None:
    def understand(typed: str) -> Said:
        return Said(DENIED, context.person) if typed.lower() in NO else Said(APPROVED, context.person, typed)

    asked = Asked(path=f"{OVERRIDE}{check}", ask=f"Roll back although {message}", patience=context.patience)
    return Wait(context, journal.append, asked, Prompt(context, QUESTION, understand)).answer()
