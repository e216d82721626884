"""Who owns something in the database: the newest epoch, for as long as its owner shows that it is alive.

Two signs say so, and both are needed. The owner holds an advisory lock of its epoch: it is free as soon as its process
is dead. And it writes down the time of the database now and then: a process that is frozen with its connection open
holds its lock and writes nothing. Whoever comes next takes a new epoch and waits for nobody: the one before finds out
that it owns nothing any more when it next asks.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rollback_gov.execution.postgres.connection import Connection
from rollback_gov.execution.postgres.tables import lock_key, make_tables
from rollback_gov.execution.store import BUSY_SECONDS
from rollback_gov.model.errors import RollbackGovError

if TYPE_CHECKING:
    import psycopg

LEASE_SECONDS = 10.0
"""An owner without a sign of life for so long, by the clock of the database, owns nothing any more."""
BEAT_SECONDS = 1.0
"""Between two signs of life."""
SURE_SECONDS = 2.0
"""For so long after a sign of life nobody else can have taken the lease, not even when its session was cut off."""
_MAKE = "INSERT INTO rollback_gov.lease (name) VALUES (%s) ON CONFLICT DO NOTHING"
# While the server was away nobody could give a sign of life.
_ALIVE = """
SELECT epoch, owner, clock_timestamp() - greatest(beat, pg_postmaster_start_time()) < make_interval(secs => %s)
FROM rollback_gov.lease WHERE name = %s
"""
_TAKE = """
UPDATE rollback_gov.lease SET epoch = epoch + 1, owner = %s, since = now(), beat = clock_timestamp()
WHERE name = %s RETURNING epoch
"""
_BEAT = "UPDATE rollback_gov.lease SET beat = clock_timestamp() WHERE name = %s AND epoch = %s"
_HELD = """
SELECT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid = ((%(key)s::bigint >> 32) & 4294967295)::oid AND objid = (%(key)s::bigint & 4294967295)::oid
)
"""


class Lost(RollbackGovError):  # noqa: N818 - the word for it
    """Somebody else has taken the lease."""


class Busy(RollbackGovError):  # noqa: N818 - the word for it
    """Somebody who is alive has the lease. ``owner`` says who."""

    def __init__(self, name: str, owner: str) -> None:
        super().__init__(f"{name} belongs to {owner}, who is alive.")
        self.owner = owner


def is_alive(session: psycopg.Connection[Any], name: str) -> bool:
    """Tell whether the newest owner of a lease is alive; False where nobody ever had it."""
    return bool(_living_owner(session, name))


def seize(session: psycopg.Connection[Any], name: str, owner: str) -> bool:
    """Take a lease away from an owner that is dead, in the transaction of ``session``, and leave it to nobody.

    Until that transaction has ended nobody takes the lease. False when its owner is alive after all.
    """
    session.execute(_MAKE, (name,))
    if _living_owner(session, name, still=True):
        return False
    session.execute(_TAKE, (owner, name))
    return True


def _living_owner(session: psycopg.Connection[Any], name: str, *, still: bool = False) -> str:
    """Give the owner that is alive; empty for none. ``still``: nobody else takes or renews it meanwhile."""
    query = f"{_ALIVE} FOR UPDATE" if still else _ALIVE
    row = session.execute(query, (LEASE_SECONDS, name)).fetchone()
    if row is None or not row[2]:
        return ""
    held = session.execute(_HELD, {"key": lock_key("lease", name, str(row[0]))}).fetchone()
    return str(row[1]) if held and held[0] else ""


class Lease:
    """A lease of this process. Its connection serves for other work too; threads take turns at it."""

    def __init__(self, database: str, name: str, *, owner: str) -> None:
        self.name = name
        self.epoch = 0
        """How many owners there have been, this one included; 0 before it is taken."""
        self.connection = Connection(database, opened=self._begin_session)
        self._owner = owner
        self._sure_until = 0.0

    def take(self) -> None:
        """Become the owner. Raises Busy when somebody who is alive has it, JournalError when the database is away."""
        asked = _now()
        self.epoch = self.connection.run(self._take)
        self._sure_until = asked + SURE_SECONDS

    def beat(self) -> None:
        """Give a sign of life, in a new session after a drop. Raises Lost, JournalError."""
        self.connection.run(self.beat_in)

    def beat_in(self, session: psycopg.Connection[Any]) -> None:
        """Give it in a session of this lease. Raises Lost."""
        asked = _now()
        if session.execute(_BEAT, (self.name, self.epoch)).rowcount != 1:
            raise Lost(f"{self.name} was taken over by {self.successor(session)}; this process stops here.")
        self._sure_until = asked + SURE_SECONDS

    def confirm(self) -> None:
        """See that nobody can have taken over: a process that was frozen does not know that it was. Raises Lost."""
        if _now() >= self._sure_until:
            self.beat()

    def successor(self, session: psycopg.Connection[Any]) -> str:
        """Name the newest owner."""
        row = session.execute("SELECT owner FROM rollback_gov.lease WHERE name = %s", (self.name,)).fetchone()
        return str(row[0]) if row else "nobody"

    def close(self) -> None:
        """Give it up: whoever comes next need not wait."""
        self.connection.close()

    def _take(self, session: psycopg.Connection[Any]) -> int:
        end = time.monotonic() + BUSY_SECONDS
        while True:
            with session.transaction():
                session.execute(_MAKE, (self.name,))
                other = _living_owner(session, self.name, still=True)
                if not other:
                    row = session.execute(_TAKE, (self._owner, self.name)).fetchone()
                    assert row is not None
                    self._hold(session, int(row[0]))
                    return int(row[0])
            if time.monotonic() >= end:
                raise Busy(self.name, other)
            time.sleep(0.05)

    def _begin_session(self, session: psycopg.Connection[Any]) -> None:
        """Hold the lock again in a new session. The old one may have it a moment longer: then it says the same."""
        make_tables(session)
        if self.epoch:
            end = time.monotonic() + BUSY_SECONDS
            while not self._hold(session, self.epoch) and time.monotonic() < end:
                time.sleep(0.05)

    def _hold(self, session: psycopg.Connection[Any], epoch: int) -> bool:
        key = lock_key("lease", self.name, str(epoch))
        row = session.execute("SELECT pg_try_advisory_lock(%s)", (key,)).fetchone()
        return bool(row and row[0])


def _now() -> float:
    """Seconds that pass while a process is frozen and while its machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
