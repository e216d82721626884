"""``postgresql://…``: a table with a row a line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rollback_gov.execution.mirror.interface import Diverged, MirrorError
from rollback_gov.model.errors import UsageError

if TYPE_CHECKING:
    import psycopg

TABLE = "rollback_gov_mirror"
SECONDS = 10
_CREATE = f"CREATE TABLE IF NOT EXISTS {TABLE} (run text, seq bigint, line bytea NOT NULL, PRIMARY KEY (run, seq))"
_INSERT = f"INSERT INTO {TABLE} (run, seq, line) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_SELECT = f"SELECT line FROM {TABLE} WHERE run = %s AND seq >= %s ORDER BY seq"


class PostgresqlMirror:
    """The rows of one run in the table ``rollback_gov_mirror``, which is made when it is not there."""

    linger = 0.05

    def __init__(self, address: str, run: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise UsageError(
                "A journal mirror in PostgreSQL needs psycopg, which is not installed.",
                hint="pip install 'rollback-gov[distributed]'",
            ) from None
        url = urlsplit(address)
        place = url.netloc.rpartition("@")[2]
        self.name = f"{url.scheme}://{place}{url.path}"
        self._psycopg = psycopg
        self._address = address
        self._run = run
        self._connection: psycopg.Connection[Any] | None = None

    def read(self) -> bytes:
        """Give the lines in order."""
        with self._connected() as connection:
            return b"".join(bytes(row[0]) for row in connection.execute(_SELECT, (self._run, 0)))

    def write(self, journal: bytes, *, held: int) -> None:
        """Insert the lines that it does not have, and see that it has these and no others."""
        first = journal.count(b"\n", 0, held) + 1
        lines = journal[held:].splitlines(keepends=True)
        rows = [(self._run, first + number, line) for number, line in enumerate(lines)]
        with self._connected() as connection:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(_INSERT, rows)
            there = [bytes(row[0]) for row in connection.execute(_SELECT, (self._run, first))]
        if there != lines:
            raise Diverged(f"{self.name} has other lines of this run already.")

    def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        """Give the connection; one that failed is not used again."""
        try:
            if self._connection is None:
                self._connection = self._connect()
            yield self._connection
        except self._psycopg.Error as error:
            said = " ".join(str(error).split("\n")[:1]) or type(error).__name__
            self.close()
            raise MirrorError(f"{self.name}: {said}") from error

    def _connect(self) -> psycopg.Connection[Any]:
        connection = self._psycopg.connect(
            self._address,
            autocommit=True,
            connect_timeout=SECONDS,
            options=f"-c statement_timeout={SECONDS}s -c synchronous_commit=on",
            application_name="rollback-gov journal",
        )
        row = connection.execute("SELECT to_regclass(%s)", (TABLE,)).fetchone()
        if row is None or row[0] is None:
            connection.execute(_CREATE)
        return connection
