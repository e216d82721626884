"""What people send to a region that another machine rolls back: answers to its gates, and the wish to stop."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rollback_gov.execution.inbox import FOLDER, used
from rollback_gov.execution.postgres.connection import Connection
from rollback_gov.execution.postgres.tables import make_tables

if TYPE_CHECKING:
    import psycopg

_PUT = """
INSERT INTO rollback_gov.letter (run, stream, name, content) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_GET = "SELECT name, content FROM rollback_gov.letter WHERE run = %s AND stream = %s ORDER BY name"
_STOP = """
INSERT INTO rollback_gov.stop (slice, signal) VALUES (%s, %s) ON CONFLICT (slice) DO UPDATE SET signal = EXCLUDED.signal
"""
_ASKED = "SELECT signal FROM rollback_gov.stop WHERE slice = %s"


def _put(session: psycopg.Connection[Any], values: tuple[str, ...]) -> None:
    session.execute(_PUT, values)


class Desk:
    """One region of one run. Letters are the files of its inbox, under their own names."""

    def __init__(self, database: str, run: str, stream: str) -> None:
        self._names = (run, stream)
        self._sent: set[str] = set()
        self._connection = Connection(database, opened=make_tables)

    def post(self, folder: Path) -> None:
        """Send what lies in the inbox of a folder."""
        for path in sorted((folder / FOLDER).glob("*.json")):
            if path.name not in self._sent:
                content = path.read_text(encoding="utf-8", errors="replace").replace("\0", "")
                values = (*self._names, path.name, content)
                self._connection.run(partial(_put, values=values))
                self._sent.add(path.name)

    def fetch(self, folder: Path) -> None:
        """Put what was sent into the inbox of a folder, each letter whole or not at all."""
        letters = self._connection.run(lambda session: session.execute(_GET, self._names).fetchall())
        for name, content in letters:
            path = folder / FOLDER / Path(str(name)).name
            if not path.exists() and not used(path).exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                part = path.with_suffix(".part")
                part.write_text(str(content), encoding="utf-8")
                part.rename(path)

    def ask_to_stop(self, slice_: str, signal: str) -> None:
        """Leave the wish that a slice of work ends, in the place of an earlier one."""
        self._connection.run(lambda session: session.execute(_STOP, (slice_, signal)))

    def asked_to_stop(self, slice_: str) -> str:
        """Give the signal with which somebody wants a slice to end; empty when nobody does."""
        row = self._connection.run(lambda session: session.execute(_ASKED, (slice_,)).fetchone())
        return str(row[0]) if row else ""

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
