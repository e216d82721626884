"""The lines of a journal in PostgreSQL, for one owner at a time.

Whoever opens a stream takes its lease, and every append carries its owner's epoch: after somebody else has opened the
stream, the owner before is refused at its next append, however long it was away.
"""

from __future__ import annotations

import os
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from rollback_gov.execution.postgres.connection import driver, shown
from rollback_gov.execution.postgres.lease import BEAT_SECONDS, Busy, Lease, Lost
from rollback_gov.execution.postgres.streams import lines_of
from rollback_gov.execution.store import JournalError
from rollback_gov.model.errors import RollbackGovError

if TYPE_CHECKING:
    import psycopg

_APPEND = """
WITH mine AS (SELECT FROM rollback_gov.lease WHERE name = %(lease)s AND epoch = %(epoch)s FOR UPDATE)
INSERT INTO rollback_gov.line (run, stream, seq, epoch, line)
SELECT %(run)s, %(stream)s, %(seq)s, %(epoch)s, %(line)s FROM mine
"""
_FIND = "SELECT epoch, line FROM rollback_gov.line WHERE run = %(run)s AND stream = %(stream)s AND seq = %(seq)s"


def lease_of(run: str, stream: str) -> str:
    """Name the lease of a stream."""
    return f"stream {run}/{stream}"


class PostgresStore:
    """One stream of a run. Raises JournalError when another process that is alive writes it."""

    def __init__(self, database: str, run: str, stream: str, *, owner: str = "") -> None:
        self.name = f"{'/'.join(filter(None, (run, stream)))} in {shown(database)}"
        self._names = {"run": run, "stream": stream}
        self._lost = False
        self._psycopg = driver()
        self._lease = Lease(
            database, lease_of(run, stream), owner=owner or f"{os.uname().nodename}, process {os.getpid()}"
        )
        try:
            self._lease.take()
        except BaseException as error:
            self._lease.close()
            if isinstance(error, Busy):
                raise self._busy(error) from None
            raise
        self._ended = Event()
        self._living = Thread(target=self._live, name=f"lease-{run}-{stream}", daemon=True)
        self._living.start()

    @property
    def epoch(self) -> int:
        """How many owners the stream has had, this one included."""
        return self._lease.epoch

    def read(self) -> bytes:
        """Give every line, each with its line feed."""
        return self._lease.connection.run(lambda session: lines_of(session, self._names))

    def append(self, line: bytes, *, seq: int) -> None:
        """Keep one more line. An append whose outcome is unknown after a reconnect is looked up before it is repeated.

        Raises JournalError for a stream that somebody else has taken over, and when the database stays away.
        """
        text = line.decode("utf-8").removesuffix("\n")
        values = {**self._names, "lease": self._lease.name, "seq": seq, "epoch": self.epoch, "line": text}
        self._lease.connection.run(lambda session: self._append(session, values))

    def confirm(self) -> None:
        """See that the stream is ours still, before something begins. Raises JournalError when it is not."""
        try:
            self._lease.confirm()
        except Lost:
            raise self._lease.connection.run(self._superseded) from None

    def close(self) -> None:
        """Let go of the stream."""
        self._ended.set()
        self._lease.close()

    def _live(self) -> None:
        """Give signs of life until the end. A database that is away is the concern of the next append, not ours."""
        while not self._ended.wait(BEAT_SECONDS):
            try:
                self._lease.beat()
            except Lost:
                return
            except RollbackGovError:
                continue

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
        return JournalError(
            f"The journal {self.name} was taken over by {self._lease.successor(session)}; this process stops here.",
            hint="Nothing is lost: the other one goes on. Look at it with `rollback-gov status`.",
        )

    def _busy(self, busy: Busy) -> JournalError:
        return JournalError(
            f"Another process is writing {self.name}: {busy.owner}.",
            hint="Wait for it, or look at it with `rollback-gov status`.",
        )
