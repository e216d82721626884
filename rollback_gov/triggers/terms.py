"""On which terms something is run, who runs it, who is asked, and how a watch ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from rollback_gov.model.reason import RollbackReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms something is run: what a person must override first, and how it finds that it is not ours.

    ``asked`` says that the plan's safety checks were put already. ``fence`` raises Lost when another has taken over;
    ``begun`` is told the run's name.
    """

    doubts: Mapping[str, str] = field(default_factory=dict)
    asked: bool = False
    fence: Callable[[], None] = field(default=lambda: None)
    begun: Callable[[str], None] = field(default=lambda _run: None)


class Execute(Protocol):
    """Runs the rollback, or a scenario of the plan where one is named."""

    def __call__(self, reason: RollbackReason, *, scenario: str, terms: Terms) -> int:
        """Give the exit code: 0 passed, 5 failed. Raises RollbackGovError when the rollback cannot begin or waits."""
        ...


class Person(Protocol):
    """Who can be told and asked."""

    @property
    def interactive(self) -> bool:
        """Somebody can be asked."""
        ...

    def say(self, text: str) -> None:
        """Print one line."""
        ...

    def ask(self, question: str, seconds: float) -> str | None:
        """Ask, and wait at most that long; None when nobody answered yet."""
        ...


@dataclass(frozen=True, slots=True)
class End:
    """The watch has come to its decision: the exit code, and a sentence."""

    exit_code: int
    text: str
