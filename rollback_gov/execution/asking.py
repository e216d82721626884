"""Asking a person, as long as somebody can be asked and nobody wants the run to stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rollback_gov.execution.context import Context

T = TypeVar("T")
SLICE = 0.2
"""Seconds between two looks at the clock, the inbox and the wish to stop."""
NO = frozenset({"", "n", "no"})


def ask_person(context: Context, question: str, understand: Callable[[str], T | None]) -> T | None:
    """Ask until ``understand`` makes something of the answer. None: nobody there, or the run is to stop."""
    while context.console.interactive and not context.stop.requested:
        said = context.console.ask(question, SLICE)
        if said is not None and (answer := understand(said.strip())) is not None:
            return answer
    return None


def ask_yes_no(context: Context, question: str) -> bool | None:
    """Ask for a yes or a no."""
    words = {"y": True, "yes": True, "n": False, "no": False}
    return ask_person(context, f"{question} (yes/no)", lambda said: words.get(said.lower()))
