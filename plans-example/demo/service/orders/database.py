"""Opening the SQLite file, and transactions on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import DemoError
from .names import family_name, given_name

BUSY_SECONDS = 5.0


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open the database; raises DemoError where there is none and `create` is not given."""
    if not create and not path.is_file():
        raise DemoError(f"There is no database at {path}: deploy a version first (scripts/deploy.sh 1.0.0).")
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.create_function("given_name", 1, given_name, deterministic=True)
    connection.create_function("family_name", 1, family_name, deterministic=True)
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of the block or nothing of it, DDL too; no other writer in between."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
