"""A worker: takes slices out of the queue of its region, and those of a peer that died."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from rollback_gov.execution.postgres.connection import Connection, shown, with_settings
from rollback_gov.execution.postgres.dispatch import (
    APPLICATION,
    CONNECTIONS,
    POLLING_SECONDS,
    VERSION,
    WORKFLOW,
    in_one_sentence,
    queue_of,
    require_dbos,
    require_tables,
)
from rollback_gov.execution.postgres.lease import Busy, Lease, Lost, is_alive, seize
from rollback_gov.model.errors import UsageError

if TYPE_CHECKING:
    from dbos import DBOSConfig, WorkflowStatus

LOOK_SECONDS = 0.5
"""Between two looks for peers that died."""
DEAD_SECONDS = 3.0
"""How long a peer must be without its lease: after the database was away, everybody needs a moment for theirs."""
Work = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""Does a slice: its id and its request; gives what the dispatcher gets."""


class Abandoned(BaseException):
    """A slice cannot be ended by this process: whoever takes it over goes on from its journal."""


class Worker:
    """One process that works for one region. ``name`` is stable: started again under it, a worker takes up its work."""

    def __init__(self, database: str, region: str, name: str, work: Work) -> None:
        require_dbos()
        self.database = database
        self.region = region
        self.name = name
        self.failed = ""
        """Why this process cannot go on."""
        self._work = work
        self._stuck = Event()
        self._missing: dict[str, float] = {}
        """Peers without a lease -> since when, on the steady clock."""
        self._life = Lease(database, lease_of(name), owner=_called(name))
        self._sight = Connection(database, opened=lambda _: self._missing.clear())

    def start(self) -> None:
        """Say that we are alive, and begin to work. Raises UsageError when a worker of that name is."""
        from dbos._serialization import DBOSPortableJSON

        self._live()
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": with_settings(self.database),
            "application_version": VERSION,
            "executor_id": self.name,
            "serializer": DBOSPortableJSON,
            "log_level": "CRITICAL",
            "run_migrations": False,
            "sys_db_pool_size": CONNECTIONS,
        }
        with in_one_sentence(self.database):
            self._launch(config)

    def _launch(self, config: DBOSConfig) -> None:
        from dbos import DBOS
        from sqlalchemy.exc import SQLAlchemyError

        DBOS(config=config)

        @DBOS.step(name="slice")
        def slice_(name: str, request: dict[str, Any]) -> dict[str, Any]:
            return self._slice(name, request)

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=1_000_000)
        def roll_back(request: dict[str, Any]) -> dict[str, Any]:
            return slice_(DBOS.workflow_id or "", request)

        DBOS.listen_queues([queue_of(self.region)])
        try:
            DBOS.launch()
        except SQLAlchemyError:
            raise
        except Exception as error:
            raise UsageError(
                f"DBOS does not start on {shown(self.database)}: {next(iter(str(error).splitlines()), '')}",
                hint="Make its tables once with: rollback-gov worker --set-up --database URL",
            ) from error
        DBOS.register_queue(queue_of(self.region), polling_interval_sec=POLLING_SECONDS)

    def run(self, stopped: Callable[[], bool]) -> None:
        """Stay alive and look after dead peers, until somebody wants an end or this process cannot go on."""
        looking = Thread(target=self._look, args=(stopped,), name="peers", daemon=True)
        looking.start()
        while not stopped() and not self.failed:
            try:
                self._life.beat()
            except Lost as lost:
                self.failed = str(lost)
            time.sleep(LOOK_SECONDS)

    def _look(self, stopped: Callable[[], bool]) -> None:
        """Look after peers, in a thread of its own: DBOS may be silent for long when the database was away."""
        while not stopped() and not self.failed:
            with suppress(Exception):  # a database that is away; whether we can go on is for `run` to say
                self._sight.run(self._take_over)
            time.sleep(LOOK_SECONDS)
        self._sight.close()

    def leave(self) -> None:
        """Say that we are not alive any more, so that a peer need not wait."""
        self._life.close()

    def _slice(self, slice_: str, request: dict[str, Any]) -> dict[str, Any]:
        """Do one slice. When it cannot be ended here its workflow must not end either, so the thread stays."""
        try:
            return dict(self._work(slice_, request))
        except Abandoned as abandoned:
            self.failed = str(abandoned)
            self._stuck.wait()
            raise

    def _take_over(self, session: Any) -> None:
        """Put what dead peers had in hand back into the queue."""
        now = time.monotonic()
        peers = {str(status.executor_id) for status in self._pending()} - {self.name, "None"}
        gone = {peer for peer in peers if not is_alive(session, lease_of(peer))}
        self._missing = {peer: self._missing.get(peer, now) for peer in gone}
        for peer, since in self._missing.items():
            if now - since >= DEAD_SECONDS:
                self._take_from(peer, session)

    def _take_from(self, peer: str, session: Any) -> None:
        """Take the work of a peer. Nobody else does meanwhile, and whoever starts again under its name waits."""
        from dbos import DBOS

        with session.transaction():
            if seize(session, lease_of(peer), _called(self.name)):
                for status in self._pending(executor_id=peer):
                    DBOS.resume_workflow(status.workflow_id, queue_name=queue_of(self.region))

    def _pending(self, executor_id: str | None = None) -> list[WorkflowStatus]:
        from dbos import DBOS

        return DBOS.list_workflows(
            status="PENDING",
            queue_name=queue_of(self.region),
            executor_id=executor_id,
            load_input=False,
            load_output=False,
        )

    def _live(self) -> None:
        self._life.connection.run(require_tables)
        try:
            self._life.take()
        except Busy:
            raise UsageError(
                f"A worker named {self.name} is running already.", hint="Give this one another name: --name NAME"
            ) from None


def lease_of(name: str) -> str:
    """Name the lease of a worker."""
    return f"worker {name}"


def _called(name: str) -> str:
    return f"worker {name} on {os.uname().nodename}"
