"""The first law: a rollback's refusals can be overridden by a named person with a reason, and that is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from rollback_gov.execution.asking import SLICE, ask_person
from rollback_gov.execution.clock import stamp
from rollback_gov.execution.context import Context
from rollback_gov.execution.inbox import answers, use_up
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.questions import OVERRIDE
from rollback_gov.model.errors import Refused

QUESTION = "Go on all the same? Write the reason (empty: no)"


def insist(context: Context, journal: Journal, check: str, message: str, overrides: Mapping[str, str]) -> None:
    """Go on in spite of a failed check, if a person gave a reason on the command line or gives one now.

    With nobody at the terminal, people are paged and have ``context.patience`` seconds to answer from elsewhere.
    Raises Refused with the next step when nobody goes on.
    """
    context.console.say(f"  REFUSED {check}: {message}")
    by, reason = context.person, overrides.get(check) or ask_person(context, QUESTION, str)
    if not reason and context.patience and not context.console.interactive:
        by, reason = _from_elsewhere(context, journal, check, message)
    if not reason:
        raise Refused(
            f"The rollback was not started: {message}",
            hint=f'A person may override it, and it is recorded: --override {check} --override-reason "…"',
        )
    journal.append("override", {"check": check, "reason": reason, "by": by})
    context.console.say(f"  overridden by {by}: {reason}")


def _from_elsewhere(context: Context, journal: Journal, check: str, message: str) -> tuple[str, str]:
    """Page people and wait for ``rollback-gov approve``. Gives who went on and why; empty where nobody did."""
    path, began = f"{OVERRIDE}{check}", context.clock.monotonic()
    until = stamp(context.clock.now() + timedelta(seconds=context.patience))
    journal.append(
        "gate.waiting", {"step": path, "ask": f"Roll back although {message}", "deadline": until, "subject": ""}
    )
    context.console.say(f"    to go on from elsewhere: rollback-gov approve {context.run} {path} --reason TEXT")
    context.notify("gate", {"step": path, "text": message})
    decision, by, reason = "deadline", "", ""
    while not context.stop.requested and context.clock.monotonic() < began + context.patience:
        answer = next((answer for answer in answers(context.folder) if answer.step == path), None)
        if answer is not None:
            decision, by, reason = answer.decision, answer.by, answer.reason
            break
        context.tick()
        context.clock.sleep(SLICE)
    seconds = round(context.clock.monotonic() - began, 3)
    data = {"step": path, "decision": decision, "by": by, "reason": reason}
    journal.append("gate.decided", {**data, "seconds": seconds, "executable": ""})
    use_up(context.folder, path)
    return (by, reason or "approved from elsewhere") if decision == "approved" else ("", "")
