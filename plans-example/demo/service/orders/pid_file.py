"""A pid file that cannot lie: the process that it names holds a lock on it, and a lock ends with its process."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from .errors import DemoError

BUSY_SECONDS = 0.3


class PidFile:
    """At most one process holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it for a block; raises DemoError where another process does."""
        with self._path.open("a+") as file:
            if not _locked(file):
                raise DemoError(f"A service runs already ({self._path}): stop it first (scripts/stop.sh).")
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield

    def holder(self) -> int | None:
        """The pid of the process that holds it; None where nobody does."""
        try:
            file = self._path.open()
        except FileNotFoundError:
            return None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return self.pid()
        return None

    def pid(self) -> int | None:
        """The pid that is written there, whether or not that process still lives."""
        text = self._path.read_text().strip() if self._path.exists() else ""
        return int(text) if text else None


def _locked(file: TextIO) -> bool:
    # Who asks for the holder has the lock for an instant: one refusal proves nothing.
    deadline = time.monotonic() + BUSY_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
        else:
            return True
    return False
