"""How a watch looks: on a terminal one line that changes in place, elsewhere a line now and then."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rollback_gov.execution.console import Console
    from rollback_gov.triggers.tick import Rules
    from rollback_gov.triggers.watcher import Report

HEARTBEAT_SECONDS = 30.0


class Screen:
    """A terminal with one line at its end that changes in place; elsewhere, a line now and then."""

    def __init__(self, terminal: Console, *, live: bool) -> None:
        self._terminal = terminal
        self._live = live
        self._drawn = False
        self._spoke = time.monotonic()

    @property
    def interactive(self) -> bool:
        """Somebody can be asked."""
        return self._terminal.interactive

    def say(self, text: str) -> None:
        """Print one line."""
        self._clear()
        self._spoke = time.monotonic()
        self._terminal.say(text)

    def stream(self, text: str) -> None:
        """Print output of a step."""
        self._clear()
        self._terminal.stream(text)

    def ask(self, question: str, seconds: float) -> str | None:
        """Ask, and wait at most that long."""
        self._clear()
        return self._terminal.ask(question, seconds)

    def shows(self, watched: Mapping[str, Rules]) -> Callable[[str, Report], None]:
        """Give what is called after every tick of one of the operations."""
        from rollback_gov.triggers.line import stamp
        from rollback_gov.triggers.narrative import at_a_glance

        newest: dict[str, Report] = {}

        def show(operation: str, report: Report) -> None:
            newest[operation] = report
            if not self._live and time.monotonic() - self._spoke < HEARTBEAT_SECONDS:
                return
            states = {name: (watched[name], seen.tick.states) for name, seen in newest.items()}
            text = f"{stamp(report.tick.at)[11:19]} {at_a_glance(states)}"
            if self._live:
                width = os.get_terminal_size(sys.stdout.fileno()).columns or 80
                click.echo(f"\r\x1b[K{text[: width - 1]}", nl=False)
                self._drawn = True
            else:
                self.say(text)

        return show

    def _clear(self) -> None:
        if self._drawn:
            click.echo("\r\x1b[K", nl=False)
            self._drawn = False
