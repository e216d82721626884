"""What the runner needs of a terminal."""

from __future__ import annotations

from typing import Protocol


class Console(Protocol):
    """Where a run talks to people. Implementations never raise for what a terminal does."""

    @property
    def interactive(self) -> bool:
        """Somebody can be asked."""
        ...

    def say(self, text: str) -> None:
        """Print one line of the run's own."""
        ...

    def stream(self, text: str) -> None:
        """Print output of a step, as it is (already masked)."""
        ...

    def ask(self, question: str, seconds: float) -> str | None:
        """Ask, and wait at most that long; None when nobody answered yet. Asking the same again must not repeat it."""
        ...


class SilentConsole:
    """Nobody there."""

    interactive = False

    def say(self, text: str) -> None:
        """Say nothing."""

    def stream(self, text: str) -> None:
        """Show nothing."""

    def ask(self, question: str, seconds: float) -> str | None:
        """Get no answer."""
        return None
