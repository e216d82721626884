"""How far a scan is, on standard error: one line that changes on a terminal, a line now and then in a log."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

EVERY_SECONDS = 10.0
"""In a log."""


class Progress:
    """Tells how many repositories are read."""

    def __init__(self, out: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._out, self._clock = out, clock
        self._is_live = out.isatty()
        self._next = clock() + (0.0 if self._is_live else EVERY_SECONDS)
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._width:
            self._out.write(f"\r{' ' * self._width}\r")
            self._out.flush()

    def tell(self, done: int, total: int, requests: int) -> None:
        """Say how many of how many are read."""
        now = self._clock()
        if now < self._next:
            return
        line = f"{done} of {total} repositories, {requests} requests"
        if self._is_live:
            self._out.write(f"\r{line.ljust(self._width)}")
            self._width = len(line)
        else:
            self._out.write(f"{line}\n")
            self._next = now + EVERY_SECONDS
        self._out.flush()
