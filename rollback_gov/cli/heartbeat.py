"""A sign of life in a log: while a step runs long and nothing is said, a line now and then says so."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Event as Flag
from threading import RLock, Thread
from typing import TextIO

from rollback_gov.cli.terminal import Terminal
from rollback_gov.execution.console import one_line
from rollback_gov.execution.progress import Progress
from rollback_gov.execution.progression import take
from rollback_gov.execution.projection import since
from rollback_gov.execution.sla import human
from rollback_gov.model.duration import Duration
from rollback_gov.model.errors import UsageError
from rollback_gov.model.event import Event

VARIABLE = "ROLLBACK_GOV_HEARTBEAT"
USUAL_SECONDS = 30.0


def heartbeat_seconds(environ: Mapping[str, str]) -> float:
    """Give how long a step may be silent before a line says that it still runs; 0 for never.

    Raises UsageError for a setting that is no duration.
    """
    setting = environ.get(VARIABLE, "")
    try:
        return Duration.parse(setting).seconds if setting else USUAL_SECONDS
    except ValueError as error:
        raise UsageError(f"{VARIABLE}: {error}") from None


class HeartbeatTerminal(Terminal):
    """Plain lines, and ``… still running: restore, 1m30s of 2m`` when nothing was said for ``every`` seconds."""

    def __init__(self, *, asks: bool, out: TextIO, stdin: TextIO, every: float) -> None:
        super().__init__(asks=asks, out=out, stdin=stdin)
        self._every = every
        self._progress = Progress()
        self._spoke = time.monotonic()
        self._speaking = RLock()
        self._closed = Flag()
        if every:
            Thread(target=self._beat, name="heartbeat", daemon=True).start()

    def hear(self, event: Event) -> None:
        """Learn what happened."""
        self._progress = take(self._progress, event)

    def say(self, text: str) -> None:
        """Print one line."""
        with self._speaking:
            self._spoke = time.monotonic()
            super().say(text)

    def stream(self, text: str) -> None:
        """Print output of a step."""
        with self._speaking:
            self._spoke = time.monotonic()
            super().stream(text)

    def close(self) -> None:
        """Say no more by itself."""
        self._closed.set()

    def _beat(self) -> None:
        while not self._closed.wait(max(self._spoke + self._every - time.monotonic(), 0.05)):
            line = still_running(self._progress, datetime.now(UTC))
            with self._speaking:
                silent = time.monotonic() - self._spoke >= self._every and not self._closed.is_set()
                if silent and line:
                    self.say(line)
                elif silent:
                    self._spoke = time.monotonic()


def still_running(progress: Progress, now: datetime) -> str:
    """Say what goes on or is waited for, and how long already; empty where nothing does."""
    if progress.waiting and not progress.result:
        waiting = progress.waiting[-1]
        until = f", until {waiting.deadline[11:19]} UTC" if waiting.deadline else ""
        return one_line(f"  … still waiting: {waiting.ask} ({human(since(waiting.since, now))}{until})")
    step = progress.step
    if step is None or progress.result:
        return ""
    of = f" of {human(step.timeout)}" if step.timeout else ""
    return one_line(f"  … still running: {step.title}, {human(since(step.began, now))}{of}")
