"""Small documents in PostgreSQL that are exchanged as a whole, and only if nobody else did meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rollback_gov.execution.postgres.connection import Connection
from rollback_gov.execution.postgres.tables import make_tables

if TYPE_CHECKING:
    import psycopg

_READ = "SELECT text, version FROM rollback_gov.document WHERE name = %s"
_MAKE = "INSERT INTO rollback_gov.document (name, version, text) VALUES (%s, 1, %s) ON CONFLICT DO NOTHING"
_SWAP = "UPDATE rollback_gov.document SET version = version + 1, text = %s WHERE name = %s AND version = %s"


class Documents:
    """The documents of a database whose names begin with ``scope``. Raises JournalError when it stays away."""

    def __init__(self, database: str, scope: str) -> None:
        self._scope = scope
        self._connection = Connection(database, opened=make_tables)

    def read(self, name: str) -> tuple[str, str] | None:
        """Give a document and its version; None where there is none."""
        row = self._connection.run(lambda session: session.execute(_READ, (self._name(name),)).fetchone())
        return (str(row[0]), str(row[1])) if row else None

    def swap(self, name: str, version: str, text: str) -> bool:
        """Put a document in the place of that version (empty: of none). False when somebody else was faster.

        An exchange whose answer was lost was ours, when our very text is there.
        """
        tried = False

        def work(session: psycopg.Connection[Any]) -> bool:
            nonlocal tried
            if tried and self._is_there(session, name, text):
                return True
            tried = True
            if version:
                return session.execute(_SWAP, (text, self._name(name), int(version))).rowcount == 1
            return session.execute(_MAKE, (self._name(name), text)).rowcount == 1

        return self._connection.run(work)

    def close(self) -> None:
        """End the session."""
        self._connection.close()

    def _is_there(self, session: psycopg.Connection[Any], name: str, text: str) -> bool:
        row = session.execute(_READ, (self._name(name),)).fetchone()
        return row is not None and row[0] == text

    def _name(self, name: str) -> str:
        return f"{self._scope}/{name}"
