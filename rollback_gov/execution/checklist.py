"""Checklists: gone through with a person, item by item where not all are done; nobody there is written down too."""

from __future__ import annotations

from collections.abc import Sequence

from rollback_gov.execution.asking import ask_person
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal

_ALL = frozenset({"y", "yes", "all", ""})


def ask_checklist(context: Context, journal: Journal, *, moment: str, items: Sequence[str]) -> None:
    """Show the items, ask which are not done, and write each down. Nothing here stops a rollback."""
    context.console.say(f"  checklist ({moment}):")
    for number, item in enumerate(items, 1):
        context.console.say(f"    {number}. {item}")
    question = "Enter when all is done, the numbers of what is not (such as: 1 3), or 'none'"
    missing = ask_person(context, question, lambda said: _missing(said, len(items)))
    if context.stop.requested:
        return  # whoever resumes the run is asked again
    by = context.person if missing is not None else ""
    for number, item in enumerate(items, 1):
        done = missing is not None and number not in missing
        journal.append("checklist", {"moment": moment, "item": item, "done": done, "by": by})
    if missing is None:
        context.console.say("    nobody is there to tick it; the report says so")


def _missing(said: str, count: int) -> frozenset[int] | None:
    """Read an answer: the numbers of what is not done. None for what makes no sense."""
    words = said.lower().replace(",", " ").split()
    if said.lower() in _ALL:
        return frozenset()
    if words in (["none"], ["n"], ["no"]):
        return frozenset(range(1, count + 1))
    if all(word.isdecimal() and 1 <= int(word) <= count for word in words):
        return frozenset(map(int, words))
    return None
