"""Somebody at the terminal of a run, who answers its questions one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from tests.cli.room import Seat

PATIENCE = 60
"""Seconds that a question may take to come; on a busy machine a phase takes its time."""


@dataclass
class Person:
    """``read`` is up to where the terminal has been read."""

    seat: Seat
    read: int = 0

    def answer(self, question: str, words: str) -> str:
        """Wait for the next question of this kind and answer it; gives what was printed before it."""
        self._listen_until(lambda: question in self.unread)
        assert question in self.unread, f"it ended without {question!r}: {self.unread}"
        before = self.unread.partition(question)[0]
        self.read += len(before) + len(question)
        self.seat.type(words)
        return before

    def end(self) -> tuple[int, str]:
        """Wait for the end, without another question; gives the exit code and everything that was printed."""
        self._listen_until(lambda: self.seat.process.poll() is not None)
        return self.seat.end()

    @property
    def unread(self) -> str:
        """What was printed since the last question."""
        return self.seat.seen[self.read :]

    def _listen_until(self, condition: Callable[[], bool]) -> None:
        limit = time.monotonic() + PATIENCE
        with suppress(OSError):  # the last one at a terminal who leaves switches it off
            while not condition():
                assert time.monotonic() < limit, f"nothing came any more after: {self.unread}"
                self.seat.listen()
