"""The lines of a journal in PostgreSQL, for one owner at a time.

Whoever opens a stream takes a new epoch, and every append carries its owner's: after somebody else has opened the
stream, the owner before is refused at its next append, however long it was away.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from rollback_gov.execution.postgres.connection import Connection, driver, shown
from rollback_gov.execution.postgres.liveness import is_held, try_lock
from rollback_gov.execution.postgres.tables import lock_key, make_tables
from rollback_gov.execution.store import BUSY_SECONDS, JournalError

if TYPE_CHECKING:
    import psycopg

_OPEN = """
INSERT INTO rollback_gov.stream AS s (run, stream, epoch, owner) VALUES (%(run)s, %(stream)s, 1, %(owner)s)
ON CONFLICT (run, stream) DO UPDATE SET epoch = s.epoch + 1, owner = excluded.owner, since = now()
RETURNING epoch
"""
_APPEND = """
WITH mine AS (
    SELECT FROM rollback_gov.stream WHERE run = %(run)s AND stream = %(stream)s AND epoch = %(epoch)s FOR UPDATE
)
INSERT INTO rollback_gov.line (run, stream, seq, epoch, line)
SELECT %(run)s, %(stream)s, %(seq)s, %(epoch)s, %(line)s FROM mine
"""
_FIND = "SELECT epoch, line FROM rollback_gov.line WHERE run = %(run)s AND stream = %(stream)s AND seq = %(seq)s"
_READ = """
SELECT line FROM rollback_gov.line WHERE run = %(run)s AND stream = %(stream)s AND seq > %(after)s ORDER BY seq
"""
_EPOCH = "SELECT epoch FROM rollback_gov.stream WHERE run = %(run)s AND stream = %(stream)s"
_OWNER = "SELECT owner FROM rollback_gov.stream WHERE run = %(run)s AND stream = %(stream)s"


class PostgresStore:
    """One stream of a run. Raises JournalError when another process that is alive writes it."""

    def __init__(self, database: str, run: str, stream: str, *, owner: str = "") -> None:
        self.name = f"{'/'.join(filter(None, (run, stream)))} in {shown(database)}"
        self._key = lock_key("stream", run, stream)
        self._names = {"run": run, "stream": stream}
        self._owner = owner or f"{os.uname().nodename}, process {os.getpid()}"
        self._epoch = 0
        self._lost = False
        self._psycopg = driver()
        self._connection = Connection(database, opened=self._begin_session)
        try:
            self._epoch = self._connection.run(self._take_epoch)
        except BaseException:
            self._connection.close()
            raise

    @property
    def epoch(self) -> int:
        """How many owners the stream has had, this one included."""
        return self._epoch

    def read(self) -> bytes:
        """Give every line, each with its line feed."""
        return self._connection.run(lambda session: _lines(session, self._names))

    def append(self, line: bytes, *, seq: int) -> None:
        """Keep one more line. An append whose outcome is unknown after a reconnect is looked up before it is repeated.

        Raises JournalError for a stream that somebody else has taken over, and when the database stays away.
        """
        values = {**self._names, "seq": seq, "epoch": self._epoch, "line": line.decode("utf-8").removesuffix("\n")}
        self._connection.run(lambda session: self._append(session, values))

    def keep_alive(self) -> None:
        """Say that its owner is alive: after a drop, take the lock again before there is anything to append."""
        self._connection.run(lambda session: session.execute("SELECT"))

    def close(self) -> None:
        """Let go of the stream."""
        self._connection.close()

    def _append(self, session: psycopg.Connection[Any], values: dict[str, Any]) -> None:
        if self._lost and self._is_kept(session, values):
            self._lost = False
            return
        self._lost = True  # until we know better
        try:
            kept = session.execute(_APPEND, values).rowcount == 1
        except self._psycopg.errors.UniqueViolation:
            kept = self._is_kept(session, values)
        self._lost = False
        if not kept:
            raise self._superseded(session)

    def _is_kept(self, session: psycopg.Connection[Any], values: dict[str, Any]) -> bool:
        return session.execute(_FIND, values).fetchone() == (values["epoch"], values["line"])

    def _superseded(self, session: psycopg.Connection[Any]) -> JournalError:
        row = session.execute(_OWNER, self._names).fetchone()
        return JournalError(
            f"The journal {self.name} was taken over by {row[0] if row else 'nobody'}; this process stops here.",
            hint="Nothing is lost: the other one goes on. Look at it with `rollback-gov status`.",
        )

    def _begin_session(self, session: psycopg.Connection[Any]) -> None:
        """Take the lock that says that we are alive, again in each session; without it an append still is refused."""
        make_tables(session)
        if self._epoch and not self._is_owner(session):
            return
        end = time.monotonic() + BUSY_SECONDS
        while not try_lock(session, self._key):
            if time.monotonic() >= end:
                if self._epoch:
                    return
                row = session.execute(_OWNER, self._names).fetchone()
                raise JournalError(
                    f"Another process is writing {self.name}: {row[0] if row else 'it has just begun'}.",
                    hint="Wait for it, or look at it with `rollback-gov status`.",
                )
            time.sleep(0.05)

    def _is_owner(self, session: psycopg.Connection[Any]) -> bool:
        return session.execute(_EPOCH, self._names).fetchone() == (self._epoch,)

    def _take_epoch(self, session: psycopg.Connection[Any]) -> int:
        row = session.execute(_OPEN, {**self._names, "owner": self._owner}).fetchone()
        assert row is not None
        return int(row[0])


def _lines(session: psycopg.Connection[Any], names: dict[str, str], after: int = 0) -> bytes:
    rows = session.execute(_READ, {**names, "after": after}).fetchall()
    return b"".join(f"{line}\n".encode() for (line,) in rows)


class Streams:
    """Every stream of one run, to be read. Nothing is taken over."""

    def __init__(self, database: str, run: str) -> None:
        self.run = run
        self._connection = Connection(database, opened=make_tables)

    def names(self) -> tuple[str, ...]:
        """Name the streams: the empty one is that of the run itself, the others are like ``regions/eu-west-1``."""
        query = "SELECT stream FROM rollback_gov.stream WHERE run = %s ORDER BY stream"
        return self._connection.run(
            lambda one: tuple(str(row[0]) for row in one.execute(query, (self.run,)).fetchall())
        )

    def lines(self, stream: str, *, after: int = 0) -> bytes:
        """Give the very lines that a journal file would hold, those ``after`` a number."""
        return self._connection.run(lambda session: _lines(session, {"run": self.run, "stream": stream}, after))

    def is_written(self, stream: str) -> bool:
        """Tell whether a process that is alive writes the stream."""
        return self._connection.run(lambda session: is_held(session, lock_key("stream", self.run, stream)))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
