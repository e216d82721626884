"""Who is alive: whoever holds an advisory lock is, and a lock is free as soon as its session is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

_HELD = """
SELECT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid = ((%(key)s::bigint >> 32) & 4294967295)::oid AND objid = (%(key)s::bigint & 4294967295)::oid
)
"""


def try_lock(session: psycopg.Connection[Any], key: int) -> bool:
    """Take the lock for this connection; False when another one has it."""
    row = session.execute("SELECT pg_try_advisory_lock(%s)", (key,)).fetchone()
    return bool(row and row[0])


def is_held(session: psycopg.Connection[Any], key: int) -> bool:
    """Tell whether somebody holds the lock, without touching it."""
    row = session.execute(_HELD, {"key": key}).fetchone()
    return bool(row and row[0])
