"""How a run looks while it goes on: a live block on a terminal, elsewhere lines and now and then a sign of life."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from rollback_gov.cli.heartbeat import HeartbeatTerminal, heartbeat_seconds
from rollback_gov.cli.terminal import Terminal
from rollback_gov.execution.console import Console
from rollback_gov.execution.progress import Progress
from rollback_gov.execution.progression import take
from rollback_gov.model.event import Event

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.text import Text

    from rollback_gov.cli.painter import Line
    from rollback_gov.execution.heard import Hear

_MARGIN = 2
"""Rows of the terminal that stay for text."""


class BlockOf:
    """Draws the progress of a run with rich, in the colours that the terminal has (none with NO_COLOR).

    rich is imported at the first drawing, in whichever thread draws: a run does not wait for it.
    """

    def __init__(self, encoding: str, environ: Mapping[str, str]) -> None:
        self._has_signs = encoding.lower().replace("-", "").startswith("utf")
        self._environ = environ

    def draw(self, progress: Progress, width: int, height: int) -> list[Line]:
        """Give the block's lines."""
        from rollback_gov.cli.painter import Line
        from rollback_gov.outputs.run_view import PLAIN, Glyphs, run_view

        glyphs = Glyphs() if self._has_signs else PLAIN
        shown = run_view(progress, datetime.now(UTC), width=width, height=height - _MARGIN, glyphs=glyphs)
        return [Line(self._painted(line), line.cell_len) for line in shown]

    @cached_property
    def _rich(self) -> RichConsole:
        from rich.console import Console as RichConsole

        return RichConsole(file=io.StringIO(), force_terminal=True, markup=False, _environ=self._environ)

    def _painted(self, line: Text) -> str:
        with self._rich.capture() as captured:
            self._rich.print(line, end="", soft_wrap=True)
        return captured.get()


class LiveTerminal(Terminal):
    """A terminal whose last lines show how the run stands."""

    def __init__(self, *, asks: bool, out: TextIO, stdin: TextIO, environ: Mapping[str, str]) -> None:
        from rollback_gov.cli.painter import Painter

        self._progress = Progress()
        self._block = BlockOf(out.encoding or "", environ)
        self._painter = Painter(out, self._draw)
        super().__init__(asks=asks, out=self._painter, stdin=stdin)

    def hear(self, event: Event) -> None:
        """Learn what happened; it is shown at the next refresh."""
        self._progress = take(self._progress, event)

    def say(self, text: str) -> None:
        """Print one line above the block."""
        super().say(text)
        self._painter.go_on()

    def stream(self, text: str) -> None:
        """Print output of a step above the block, which begins a line of its own."""
        super().stream(text)
        if self._line_open:
            self._write("\n")
            self._line_open = False
        self._painter.go_on()

    def ask(self, question: str, seconds: float) -> str | None:
        """Ask below the block, which stands still until somebody answers or something else is said."""
        if not self.interactive:
            return None
        self._painter.pause()
        said = super().ask(question, seconds)
        if said is not None or not self.interactive:
            self._painter.go_on()
        return said

    def close(self) -> None:
        """Take the block away; what follows begins a line of its own, below a question that nobody answered too."""
        self._end_question()
        self._painter.close()

    def _draw(self, width: int, height: int) -> list[Line]:
        if not self._progress.run or self._progress.result:
            return []
        return self._block.draw(self._progress, width, height)


def _kind_of_log(environ: Mapping[str, str]) -> type[HeartbeatTerminal]:
    if environ.get("GITHUB_ACTIONS") != "true":
        return HeartbeatTerminal
    from rollback_gov.cli.github_log import GithubTerminal

    return GithubTerminal


@contextmanager
def looked_on(terminal: Console, environ: Mapping[str, str]) -> Iterator[tuple[Console, Hear]]:
    """Give the console on which a run shows itself, and what is to be told of its events."""
    if not isinstance(terminal, Terminal):
        yield terminal, lambda _event: None
        return
    screen: LiveTerminal | HeartbeatTerminal
    if sys.stdout.isatty() and environ.get("TERM", "dumb") not in ("dumb", "unknown"):
        screen = LiveTerminal(asks=terminal.interactive, out=sys.stdout, stdin=sys.stdin, environ=environ)
    else:
        kind = _kind_of_log(environ)
        screen = kind(asks=terminal.interactive, out=sys.stdout, stdin=sys.stdin, every=heartbeat_seconds(environ))
    try:
        yield screen, screen.hear
    finally:
        screen.close()
