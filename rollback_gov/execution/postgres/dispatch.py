"""Handing a region to a worker and waiting for its end: queues of DBOS, one a region.

What DBOS 3.4 needs, measured: the version of an application is pinned, or an upgrade strands what waits; an executor
has a stable id of its own, or a second one steals what the first one runs; the queue is named whenever a workflow is
resumed; arguments are JSON and not pickled Python.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rollback_gov.execution.postgres.connection import Connection, shown, with_settings
from rollback_gov.execution.store import JournalError
from rollback_gov.model.errors import UsageError

if TYPE_CHECKING:
    import psycopg
    from dbos import DBOSClient
    from dbos._sys_db import WorkflowStatus

APPLICATION = "rollback-gov"
VERSION = "slice-1"
"""Of what a request says. Another one is not taken by workers of this one."""
WORKFLOW = "roll_back_region"
WAITS = "waits"
"""The key of an end that is none: the sentence for which a region waits."""
POLLING_SECONDS = 0.2
CONNECTIONS = 4
"""Of one process to DBOS's tables, at most."""
_FULL = ("too many clients", "too many connections", "remaining connection slots")
"""What PostgreSQL says when it takes no more connections: of all, of a role or database, of ordinary roles."""


def queue_of(region: str) -> str:
    """Name the queue of a region; its workers listen to nothing else."""
    return f"region-{region}"


def require_dbos() -> None:
    """Raise UsageError where the extra is not installed."""
    try:
        import dbos  # noqa: F401
    except ImportError:
        raise UsageError(
            "Runs on more than one machine need DBOS, which is not installed.",
            hint="Install it with: pip install 'rollback-gov[distributed]'",
        ) from None


def prepare(database: str) -> None:
    """Make or upgrade the tables of DBOS. Needs the right to create a schema."""
    require_dbos()
    from dbos import DBOS

    DBOS.migrate(database)


def require_tables(session: psycopg.Connection[Any]) -> None:
    """Raise UsageError where nobody has made the tables of DBOS."""
    row = session.execute("SELECT to_regclass('dbos.workflow_status') IS NOT NULL").fetchone()
    if not (row and row[0]):
        raise UsageError(
            f"The database {session.info.dbname} on {session.info.host} has no tables for workers yet.",
            hint="Make them once with: rollback-gov worker --set-up --database URL",
        )


@contextmanager
def in_one_sentence(database: str) -> Iterator[None]:
    """Say in one sentence what SQLAlchemy says with the whole statement."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        why = next(iter(str(error).splitlines()), type(error).__name__)
        full = any(words in why for words in _FULL)
        hint = "End workers that nobody needs, or raise `max_connections` of the server." if full else ""
        raise JournalError(f"The queues in {shown(database)} cannot be used: {why}", hint=hint) from error


@dataclass(frozen=True, slots=True)
class SliceEnd:
    """How a slice ended. ``document`` is what its worker gave; None where nobody will ever give one."""

    document: Mapping[str, Any] | None
    detail: str = ""


class Dispatcher:
    """Puts slices of work into the queues of regions, and looks after them."""

    def __init__(self, database: str) -> None:
        require_dbos()
        import logging

        from dbos import DBOSClient
        from dbos._serialization import DBOSPortableJSON

        self._database = database
        with closing(Connection(database)) as connection:
            connection.run(require_tables)
        logging.getLogger("dbos").setLevel(logging.CRITICAL)  # what it retries is not the user's concern
        self._client: DBOSClient = DBOSClient(
            system_database_url=with_settings(database),
            serializer=DBOSPortableJSON,
            system_database_pool_size=CONNECTIONS,
            application_name=APPLICATION,
        )

    def begin(self, slice_: str, region: str, request: Mapping[str, Any]) -> None:
        """Put a slice into the queue of its region. One that is there already is left as it is."""
        queue = queue_of(region)
        with in_one_sentence(self._database):
            self._client.register_queue(queue, polling_interval_sec=POLLING_SECONDS, application_name=APPLICATION)
            self._client.enqueue(
                {
                    "workflow_name": WORKFLOW,
                    "queue_name": queue,
                    "workflow_id": slice_,
                    "app_version": VERSION,
                    "application_name": APPLICATION,
                },
                dict(request),
            )

    def newest(self, stem: str) -> tuple[int, bool]:
        """Give the number of the newest slice ``STEM.NUMBER``, 0 for none, and whether it has not ended."""
        with in_one_sentence(self._database):
            found = self._client.list_workflows(workflow_id_prefix=f"{stem}.", load_input=False, load_output=False)
        numbers = {int(status.workflow_id.rpartition(".")[2]): status.status for status in found}
        newest = max(numbers, default=0)
        return newest, numbers.get(newest) in ("ENQUEUED", "PENDING")

    def end_of(self, slice_: str) -> SliceEnd | None:
        """Give how a slice ended; None while it has not."""
        status = self._status(slice_)
        if status.status in ("ENQUEUED", "PENDING"):
            return None
        if status.status == "SUCCESS":
            return SliceEnd(status.output)
        return SliceEnd(None, f"{status.status.lower()}: {status.error or 'nobody rolled it back'}")

    def cancel_waiting(self, slice_: str) -> None:
        """Take a slice out of its queue; one that a worker has taken ends by the wish that was left for it."""
        if self._status(slice_).status == "ENQUEUED":
            with in_one_sentence(self._database):
                self._client.cancel_workflow(slice_)

    def _status(self, slice_: str) -> WorkflowStatus:
        with in_one_sentence(self._database):
            (status,) = self._client.list_workflows(workflow_ids=[slice_], load_input=False)
        return status

    def close(self) -> None:
        """Close the connections."""
        self._client.destroy()
