"""Asking at the terminal, as long as somebody can be asked there and nobody wants the run to stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from rollback_gov.execution.context import Context
from rollback_gov.model.record import Record

T = TypeVar("T")
SLICE = 0.2
"""Seconds between two looks at the clock, the inbox and the wish to stop."""
TRIES = 5
"""Answers to one question that may make no sense. After them the terminal counts as one where nobody is."""
NO = frozenset({"", "n", "no"})


class NotUnderstood(Exception):  # noqa: N818 - it is said, and then asked again
    """Raised by whoever reads an answer, with what is wrong with it."""


class Prompt(Record, Generic[T], kw_only=False, frozen=False):
    """One question at the terminal. ``understand`` gives None, or raises NotUnderstood, for what makes no sense."""

    context: Context
    question: str
    understand: Callable[[str], T | None]
    _misunderstood: int = 0

    @property
    def is_open(self) -> bool:
        """Somebody can be asked, and has not said nonsense all the time."""
        return self.context.console.interactive and self._misunderstood < TRIES

    def hear(self) -> T | None:
        """Ask for a moment; None when nobody answered yet, or nobody understood."""
        said = self.context.console.ask(self.question, SLICE)
        if said is None:
            return None
        try:
            answer = self.understand(said.strip())
        except NotUnderstood as wrong:
            self._not_understood(str(wrong))
            return None
        if answer is None:
            self._not_understood(f"That was not understood: '{said.strip()}'.")
        return answer

    def _not_understood(self, text: str) -> None:
        if self.context.stop.requested:
            return
        self._misunderstood += 1
        more = "" if self._misunderstood < TRIES else f" {TRIES} answers made no sense; nobody is asked here any more."
        self.context.console.say(f"    {text}{more}")


def ask_person(context: Context, question: str, understand: Callable[[str], T | None]) -> T | None:
    """Ask until ``understand`` makes something of the answer. None: nobody there, or the run is to stop."""
    prompt = Prompt(context, question, understand)
    while prompt.is_open and not context.stop.requested:
        context.tick()
        if (answer := prompt.hear()) is not None:
            return answer
    return None
