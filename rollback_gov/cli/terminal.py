"""The terminal as a run sees it: lines out, questions in, in GitHub's log too."""

from __future__ import annotations

import os
import select
import sys
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TextIO

from rollback_gov.execution.console import SilentConsole

_INDENT = "    | "


class Out(Protocol):
    """What a terminal writes to: standard output, or whoever stands in for it."""

    @property
    def encoding(self) -> str:
        """Name of the encoding."""
        ...

    def write(self, text: str, /) -> int:
        """Write text."""
        ...

    def flush(self) -> None:
        """See to it that it can be seen."""
        ...

    def fileno(self) -> int:
        """Give the file."""
        ...


class Terminal:
    """Prints lines and asks questions. A terminal that goes away is never an error of the run."""

    def __init__(self, *, asks: bool, out: Out, stdin: TextIO) -> None:
        self._out = out
        self._stdin = stdin
        self._asks = asks
        self._asked = ""
        self._line_open = False
        self._gone = False

    @property
    def interactive(self) -> bool:
        """Somebody can be asked: input and output are terminals, and nobody said otherwise."""
        return self._asks

    def say(self, text: str) -> None:
        """Print one line."""
        self._write(("\n" if self._line_open else "") + text + "\n")
        self._line_open, self._asked = False, ""

    def stream(self, text: str) -> None:
        """Print output of a step, indented under it; all of it at once, because there may be millions of lines."""
        self._end_question()
        if not text:
            return
        whole = text.removesuffix("\n")
        lines = whole.replace("\n", f"\n{_INDENT}") + ("\n" if whole != text else "")
        self._write(("" if self._line_open else _INDENT) + lines)
        self._line_open = whole == text

    def ask(self, question: str, seconds: float) -> str | None:
        """Print the question once and wait for a line, at most that long. The end of the input ends all asking."""
        if not self._asks:
            return None
        if self._asked != question:
            self._write(("\n" if self._line_open else "") + f"  ? {question} ")
            self._asked, self._line_open = question, True
        try:
            ready, _, _ = select.select([self._stdin], [], [], seconds)
            line = self._stdin.readline() if ready else None
        except UnicodeDecodeError:
            self._asked, self._line_open = "", False
            return None
        except (OSError, ValueError):
            line = ""
        if line is None:
            return None
        self._asked, self._line_open = "", False
        if not line:
            self._asks = False
            return None
        return line.rstrip("\n")

    def _end_question(self) -> None:
        """Something else is said below a question: it is printed again when it is asked again."""
        if self._asked:
            self._write("\n")
            self._asked, self._line_open = "", False

    def _write(self, text: str) -> None:
        if self._gone:
            return
        try:
            self._out.write(_writable(text, self._out))
            self._out.flush()
        except (OSError, ValueError):
            self._gone = True
            go_silent(self._out)


def _writable(text: str, out: Out) -> str:
    """Spell out what the terminal cannot write; one strange character must not silence the run."""
    encoding = out.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def go_silent(out: Out) -> None:
    """Send what is left in a stream that nobody reads any more, and all that follows, nowhere."""
    with suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), out.fileno())


def open_terminal(*, ask: bool, quiet: bool = False) -> Terminal | SilentConsole:
    """Use standard output, and standard input where both are terminals and ``ask`` allows it."""
    if quiet:
        return SilentConsole()
    return Terminal(asks=ask and sys.stdin.isatty() and sys.stdout.isatty(), out=sys.stdout, stdin=sys.stdin)
