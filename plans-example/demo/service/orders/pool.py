"""A fixed number of database connections, lent out and given back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue

from .database import connect
from .errors import PoolExhaustedError


class ConnectionPool:
    """`size` connections; who waits longer than `wait` seconds for one gets PoolExhaustedError."""

    def __init__(self, path: Path, *, size: int = 20, wait: float = 0.05) -> None:
        self.size = size
        self._wait = wait
        self._free: LifoQueue[sqlite3.Connection] = LifoQueue()
        for _ in range(size):
            self._free.put(connect(path))

    @property
    def lent(self) -> int:
        """How many connections were borrowed and not given back."""
        return self.size - self._free.qsize()

    def acquire(self) -> sqlite3.Connection:
        """Borrow a connection; it has to be given back with `release`."""
        try:
            return self._free.get(timeout=self._wait)
        except Empty:
            raise PoolExhaustedError(f"All {self.size} database connections are in use.") from None

    def release(self, connection: sqlite3.Connection) -> None:
        self._free.put(connection)

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Borrow a connection for a block; it comes back however the block ends."""
        connection = self.acquire()
        try:
            yield connection
        finally:
            self.release(connection)
