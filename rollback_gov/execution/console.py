"""What the runner needs of a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
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


class SafeConsole:
    """A console that masks secrets and lets no text out of a plan or a step take over the terminal or a CI log.

    Control and bidirectional characters become ``?``; a line of ours stays one line; a carriage return begins a new
    line of output; and nothing reads as a workflow command.
    """

    def __init__(self, console: Console, mask: Callable[[str], str]) -> None:
        self._console = console
        self._mask = mask

    @property
    def interactive(self) -> bool:
        """Somebody can be asked."""
        return self._console.interactive

    def say(self, text: str) -> None:
        """Print one line of the run's own."""
        self._console.say(self._line(text))

    def stream(self, text: str) -> None:
        """Print output of a step, already masked."""
        self._console.stream(_harmless(text.replace("\r\n", "\n").replace("\r", "\n")))

    def ask(self, question: str, seconds: float) -> str | None:
        """Ask, and wait at most that long."""
        return self._console.ask(self._line(question), seconds)

    def _line(self, text: str) -> str:
        line = one_line(self._mask(text))
        return line.replace("::", ": :", 1) if line.lstrip().startswith("::") else line


_DANGEROUS = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]"


def one_line(text: str) -> str:
    """Give a text that stays one line and takes over no terminal, for what a plan or a step wrote."""
    return _harmless(" ".join(text.splitlines()))


def _harmless(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        text = re.sub(_DANGEROUS, "?", text)
    return text.replace("##[", "# #[")


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
