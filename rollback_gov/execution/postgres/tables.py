"""The tables in PostgreSQL: who owns what, the lines of journals, what people send to a region, leases of watches."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

_TABLES = """
SELECT pg_advisory_xact_lock(%s);
CREATE SCHEMA IF NOT EXISTS rollback_gov;
CREATE TABLE IF NOT EXISTS rollback_gov.lease (
    name text PRIMARY KEY,
    epoch bigint NOT NULL DEFAULT 0,
    owner text NOT NULL DEFAULT '',
    since timestamptz NOT NULL DEFAULT now(),
    beat timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE TABLE IF NOT EXISTS rollback_gov.line (
    run text NOT NULL,
    stream text NOT NULL,
    seq bigint NOT NULL,
    epoch bigint NOT NULL,
    line text NOT NULL,
    PRIMARY KEY (run, stream, seq)
);
CREATE TABLE IF NOT EXISTS rollback_gov.letter (
    run text NOT NULL,
    stream text NOT NULL,
    name text NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (run, stream, name)
);
CREATE TABLE IF NOT EXISTS rollback_gov.stop (
    slice text PRIMARY KEY,
    signal text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS rollback_gov.document (
    name text PRIMARY KEY,
    version bigint NOT NULL,
    text text NOT NULL
);
"""


def make_tables(session: psycopg.Connection[Any]) -> None:
    """Make the tables where they are not there yet."""
    found = session.execute("SELECT to_regclass('rollback_gov.document') IS NOT NULL").fetchone()
    if found and found[0]:
        return
    with session.transaction():
        for statement in filter(str.strip, _TABLES.split(";")):
            text = statement.replace("%s", str(lock_key("tables")))
            session.execute(text)


def lock_key(*names: str) -> int:
    """Give the number of the advisory lock of something: 64 bits, signed."""
    digest = sha256("\0".join(("rollback-gov", *names)).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
