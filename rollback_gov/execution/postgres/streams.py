"""Reading the streams of runs in PostgreSQL. Nothing is taken over."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from rollback_gov.execution.postgres.connection import Connection
from rollback_gov.execution.postgres.tables import make_tables
from rollback_gov.model.errors import UsageError

if TYPE_CHECKING:
    import psycopg

_READ = """
SELECT line FROM rollback_gov.line WHERE run = %(run)s AND stream = %(stream)s AND seq > %(after)s ORDER BY seq
"""
# A line has its type before its data, and a quotation mark inside data is never a bare one.
_UNFINISHED = """
SELECT run FROM rollback_gov.line AS first JOIN rollback_gov.lease ON name = 'stream ' || run || '/'
WHERE stream = '' AND seq = 1 AND NOT EXISTS (
    SELECT FROM rollback_gov.line WHERE run = first.run AND stream = '' AND line LIKE '%"type":"run.finished","data":%'
)
ORDER BY since DESC LIMIT 1
"""


def lines_of(session: psycopg.Connection[Any], names: dict[str, str], after: int = 0) -> bytes:
    """Give the lines of one stream, those ``after`` a number."""
    rows = session.execute(_READ, {**names, "after": after}).fetchall()
    return b"".join(f"{line}\n".encode() for (line,) in rows)


class Streams:
    """Every stream of one run, to be read. Nothing is taken over."""

    def __init__(self, database: str, run: str) -> None:
        self.run = run
        self._connection = Connection(database, opened=make_tables)

    def names(self) -> tuple[str, ...]:
        """Name the streams: the empty one is that of the run itself, the others are like ``regions/eu-west-1``."""
        query = "SELECT DISTINCT stream FROM rollback_gov.line WHERE run = %s ORDER BY stream"
        return self._connection.run(
            lambda one: tuple(str(row[0]) for row in one.execute(query, (self.run,)).fetchall())
        )

    def lines(self, stream: str, *, after: int = 0) -> bytes:
        """Give the very lines that a journal file would hold, those ``after`` a number."""
        return self._connection.run(lambda session: lines_of(session, {"run": self.run, "stream": stream}, after))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def locate(database: str, run: str) -> tuple[str, str]:
    """Find the run and the stream that an id means: ``RUN``, or ``RUN.REGION``. Raises UsageError for none.

    The names of operations and of regions may have dots too.
    """
    parts = run.split(".")
    splits = [(".".join(parts[:at]), ".".join(parts[at:])) for at in range(len(parts), 0, -1)]
    wanted = {(name, f"regions/{region}" if region else "") for name, region in splits}
    query = "SELECT DISTINCT run, stream FROM rollback_gov.line WHERE run = ANY(%s)"
    with closing(Connection(database, opened=make_tables)) as connection:
        rows = connection.run(lambda session: session.execute(query, ([name for name, _ in splits],)).fetchall())
    found = next((row for row in rows if tuple(row) in wanted), None)
    if found is None:
        raise UsageError(f"There is no run '{run}' in the database.", hint="Run ids are like op-7-…-execute.")
    return str(found[0]), str(found[1])


def newest_unfinished(database: str) -> str:
    """Name the run that was begun or gone on with last, of those that have not ended; empty where there is none."""
    with closing(Connection(database, opened=make_tables)) as connection:
        row = connection.run(lambda session: session.execute(_UNFINISHED).fetchone())
    return str(row[0]) if row else ""
