"""Checklists: gone through with a person, item by item where not all are done; nobody there is written down too."""

from __future__ import annotations

from collections.abc import Sequence

from rollback_gov.execution.asking import Prompt
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.named_questions import CHECKLIST
from rollback_gov.execution.question import DEADLINE, Asked, Said
from rollback_gov.execution.waiting import Wait

_ALL, _NONE = "all", "none"
_WORDS = {"": _ALL, "y": _ALL, "yes": _ALL, _ALL: _ALL, "n": _NONE, "no": _NONE, _NONE: _NONE}


def ask_checklist(context: Context, journal: Journal, *, moment: str, items: Sequence[str]) -> None:
    """Show the items, ask which are not done, and write each down. Nothing here stops a rollback.

    With nobody at the terminal a rollback does not wait for its first checklist either: what comes first is traffic.
    The last one is asked when the rollback is verified, and then people elsewhere have time where somebody gave it.
    """
    context.console.say(f"  checklist ({moment}):")
    for number, item in enumerate(items, 1):
        context.console.say(f"    {number}. {item}")
    said = _asked(context, journal, moment, items)
    if said is None:
        return  # whoever resumes the run is asked again
    missing = _missing(said.decision, len(items))
    for number, item in enumerate(items, 1):
        journal.append("checklist", {"moment": moment, "item": item, "done": number not in missing, "by": said.by})
    if said.decision == DEADLINE:
        context.console.say("    nobody is there to tick it; the report says so")


def _asked(context: Context, journal: Journal, moment: str, items: Sequence[str]) -> Said | None:
    numbers = tuple(str(number) for number in range(1, len(items) + 1))

    def understand(typed: str) -> Said | None:
        answer = _WORDS.get(typed.lower(), typed)
        return Said(answer, context.person) if asked.takes(answer) else None

    listed = "; ".join(f"{number}. {item}" for number, item in zip(numbers, items, strict=True))
    asked = Asked(
        path=f"{CHECKLIST}{moment}",
        ask=f"Is all of this done: {listed}? The numbers of what is not, or 'all', or 'none'",
        choices=(_ALL, _NONE, *numbers),
        several=True,
        patience=0.0 if moment == "before" else context.leisure,
    )
    question = "Enter when all is done, the numbers of what is not (such as: 1 3), or 'none'"
    return Wait(context, journal.append, asked, Prompt(context, question, understand)).answer()


def _missing(answer: str, count: int) -> frozenset[int]:
    """Give the numbers of what is not done; 'all' beside a number says nothing about that number."""
    words = answer.replace(",", " ").split()
    if _NONE in words or DEADLINE in words:
        return frozenset(range(1, count + 1))
    return frozenset(int(word) for word in words if word != _ALL)
