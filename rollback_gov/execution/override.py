"""The first law: a rollback's refusals can be overridden by a named person with a reason, and that is recorded."""

from __future__ import annotations

from collections.abc import Mapping

from rollback_gov.execution.asking import ask_person
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.model.errors import Refused

QUESTION = "Go on all the same? Write the reason (empty: no)"


def insist(context: Context, journal: Journal, check: str, message: str, overrides: Mapping[str, str]) -> None:
    """Go on in spite of a failed check, if a person gave a reason on the command line or gives one now.

    Raises Refused with the next step when nobody does.
    """
    context.console.say(f"  REFUSED {check}: {message}")
    reason = overrides.get(check) or ask_person(context, QUESTION, str)
    if not reason:
        raise Refused(
            f"The rollback was not started: {message}",
            hint=f'A person may override it, and it is recorded: --override {check} --override-reason "…"',
        )
    journal.append("override", {"check": check, "reason": reason, "by": context.person})
    context.console.say(f"  overridden by {context.person}: {reason}")
