"""A connection to PostgreSQL that comes back after the server was away for a while. Threads take turns at it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from rollback_gov.execution.store import JournalError
from rollback_gov.model.errors import UsageError

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T")
AWAY_SECONDS = 30.0
"""How long a database may be away in the middle of a run."""
FIRST_SECONDS = 5.0
"""How long it may be away before anything was ever said to it."""
LOST_SECONDS = 10
"""A host or a network that is gone closes no connection: for so long either side waits for the other's word."""
_SERVER = {
    "synchronous_commit": "on",
    # A process that is frozen in the middle of a transaction must not keep its rows.
    "idle_in_transaction_session_timeout": f"{LOST_SECONDS}s",
    "tcp_user_timeout": f"{LOST_SECONDS}s",
    "tcp_keepalives_idle": "4",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
_SETTINGS = {
    "connect_timeout": "5",
    "keepalives_idle": "4",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": f"{LOST_SECONDS * 1000}",
    "options": " ".join(f"-c {name}={value}" for name, value in _SERVER.items()),
}


def driver() -> ModuleType:
    """Import psycopg. Raises UsageError where the extra is not installed."""
    try:
        import psycopg
    except ImportError:
        raise UsageError(
            "Runs on more than one machine need psycopg, which is not installed.",
            hint="Install it with: pip install 'rollback-gov[distributed]'",
        ) from None
    return psycopg


def shown(database: str) -> str:
    """Name a database in messages: without the password."""
    from urllib.parse import urlsplit

    parts = urlsplit(database)
    return f"{parts.hostname or 'the local socket'}:{parts.port or 5432}{parts.path}"


def password_of(database: str) -> str:
    """Give what must be masked of a connection string; empty where there is nothing."""
    from urllib.parse import unquote, urlsplit

    return unquote(urlsplit(database).password or "")


def with_settings(database: str) -> str:
    """Give the address with what every connection needs. What it says itself stands."""
    from urllib.parse import parse_qsl, quote, urlencode

    address, _, query_said = database.partition("?")
    said = dict(parse_qsl(query_said))
    query = {**_SETTINGS, **said}
    if "options" in said:
        query["options"] = f"{_SETTINGS['options']} {said['options']}"
    return f"{address}?{urlencode(query, quote_via=quote)}"


class Connection:
    """One session. ``opened`` is called with each new one, before anything else: it takes the session's locks."""

    def __init__(self, database: str, *, opened: Callable[[psycopg.Connection[Any]], None] | None = None) -> None:
        self.database = database
        self._psycopg = driver()
        self._opened = opened
        self._session: psycopg.Connection[Any] | None = None
        self._patience = FIRST_SECONDS
        self._busy = RLock()
        self._ended = False

    def run(self, work: Callable[[psycopg.Connection[Any]], T]) -> T:
        """Do something in a session; again in a new one after a drop, for a bounded time.

        ``work`` must be able to find that it was done before. Raises JournalError when the database stays away.
        """
        with self._busy:
            try:
                return self._run(work)
            finally:
                if self._ended:
                    self._drop()

    def _run(self, work: Callable[[psycopg.Connection[Any]], T]) -> T:
        end, pause = time.monotonic() + self._patience, 0.05
        while True:
            try:
                return work(self._open())
            except (self._psycopg.OperationalError, self._psycopg.InterfaceError) as error:
                self._drop()
                if time.monotonic() >= end or self._ended:
                    known = self._patience == AWAY_SECONDS
                    hint = "What was written is whole. Bring it back, then resume." if known else "See --database."
                    raise JournalError(
                        f"The database {shown(self.database)} does not answer: {_reason(error)}", hint=hint
                    ) from error
            time.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, 1.0)

    def close(self) -> None:
        """End the session, or let the thread that waits for the database end it."""
        self._ended = True
        if self._busy.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._busy.release()

    def _drop(self) -> None:
        """Free the session's locks and end it. The server would free them too, but only when it notices."""
        if self._session is not None:
            with suppress(self._psycopg.Error):
                self._session.execute("SELECT pg_advisory_unlock_all()")
            self._session.close()
            self._session = None

    def _open(self) -> psycopg.Connection[Any]:
        if self._session is None:
            session = self._psycopg.connect(with_settings(self.database), autocommit=True)
            self._session = session
            if self._opened is not None:
                self._opened(session)
            self._patience = AWAY_SECONDS
        return self._session


def _reason(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
