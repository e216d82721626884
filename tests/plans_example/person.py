"""Somebody at the terminal of a run, who answers its questions one after the other."""

from __future__ import annotations

import time
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
        limit = time.monotonic() + PATIENCE
        while (at := self.seat.seen.find(question, self.read)) < 0:
            assert time.monotonic() < limit, f"nobody asked {question!r}: {self.unread}"
            assert self.seat.process.poll() is None, f"it ended without {question!r}: {self.unread}"
            self.seat.listen()
        before, self.read = self.seat.seen[self.read : at], at + len(question)
        self.seat.type(words)
        return before

    def end(self) -> tuple[int, str]:
        """Wait for the end, without another question; gives the exit code and everything that was printed."""
        limit = time.monotonic() + PATIENCE
        with suppress(OSError):  # the last one at a terminal who leaves switches it off
            while self.seat.process.poll() is None:
                assert time.monotonic() < limit, f"it did not end: {self.unread}"
                self.seat.listen()
        return self.seat.end()

    @property
    def unread(self) -> str:
        """What was printed since the last question."""
        return self.seat.seen[self.read :]
