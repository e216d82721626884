"""A worker: rolls back the regions that it is given, from its own checkout, with its own secrets."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

from rollback_gov.commands.begin import RunOptions
from rollback_gov.commands.region import Place, result_of, roll_back_in
from rollback_gov.commands.runs import REGIONS
from rollback_gov.commands.target import Target
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.execution.answers import Answers, RunResult
from rollback_gov.execution.chain import parse_lines
from rollback_gov.execution.masking import Masker
from rollback_gov.execution.postgres.connection import password_of
from rollback_gov.execution.postgres.copy import CopiedStore
from rollback_gov.execution.postgres.desk import Desk
from rollback_gov.execution.postgres.dispatch import WAITS, prepare
from rollback_gov.execution.postgres.elsewhere import take_over
from rollback_gov.execution.postgres.store import PostgresStore
from rollback_gov.execution.postgres.worker import Abandoned, Worker
from rollback_gov.execution.regions.console import Chorus
from rollback_gov.execution.regions.request import Request
from rollback_gov.execution.regions.stop import RegionStop
from rollback_gov.execution.run import choices_of
from rollback_gov.execution.store import JournalError, Store
from rollback_gov.model.errors import Interrupted, Refused, RollbackGovError
from rollback_gov.model.reason import RollbackReason
from rollback_gov.plans.load import load_plan

LOOK_SECONDS = 0.5
"""Between two looks for answers and for the wish to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """Which region, which database, the stable name, and the checkout that plans are read from."""

    database: str
    region: str
    name: str
    root: Path


def set_up(database: str) -> None:
    """Make the tables in the database: ours, and those of DBOS. Needs the right to create schemas."""
    from rollback_gov.execution.postgres.connection import Connection
    from rollback_gov.execution.postgres.tables import make_tables

    with closing(Connection(database, opened=make_tables)) as connection:
        connection.run(lambda _: None)
    prepare(database)


def work(options: WorkerOptions, world: World) -> None:
    """Work until asked to stop. Raises Refused when this process cannot go on: started again, it takes up its work."""
    chorus = Chorus(world.console)
    slices = _Slices(options, world, chorus)
    worker = Worker(options.database, options.region, options.name, slices.do)
    worker.start()
    chorus.line(f"Worker {options.name} works for region {options.region}.")
    worker.run(lambda: world.stop.requested)
    slices.let_end()
    worker.leave()
    chorus.line(f"Worker {options.name} stops: {worker.failed or world.stop.signal}")
    if worker.failed:
        raise Refused(f"The worker {options.name} cannot go on.", hint="Start it again under the same name.")


class _Slices:
    """Does the slices of one worker, each in a thread of the dispatcher's."""

    def __init__(self, options: WorkerOptions, world: World, chorus: Chorus) -> None:
        self.options = options
        self.world = world
        self.chorus = chorus
        self._running: set[str] = set()

    def do(self, slice_: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do one; gives how it ended, or for what it waits. Raises Abandoned when another process must end it."""
        request = Request(**document)
        self._running.add(slice_)
        try:
            result = self._do(slice_, request)
        except JournalError as error:
            raise Abandoned(f"{error} {error.hint}".rstrip()) from error
        except Interrupted as error:
            if self.world.stop.requested:
                raise Abandoned(str(error)) from error
            return {WAITS: str(error)}
        except RollbackGovError as error:
            reasons = "".join(f" {reason}" for reason in getattr(error, "reasons", ()))
            return {WAITS: f"{error}{reasons} {error.hint}".rstrip()}
        finally:
            self._running.discard(slice_)
        fields = ("result", "seconds", "sla_seconds", "detail")
        return {name: getattr(result, name) for name in fields}

    def let_end(self) -> None:
        """Give what runs the time to note that it was interrupted."""
        end = time.monotonic() + 10
        while self._running and time.monotonic() < end:
            time.sleep(0.05)

    def _do(self, slice_: str, request: Request) -> RunResult:
        target = self._target(request)
        folder = target.incidents / f".worker-{self.options.name}" / f"{request.run}.{request.region}"
        folder.mkdir(parents=True, exist_ok=True)
        stream, stop = f"{REGIONS}/{request.region}", RegionStop(self.world.stop)
        world = World(
            person=request.person,
            environ=self.world.environ,
            console=self.chorus.voice(request.region),
            clock=self.world.clock,
            stop=stop,
            masker=Masker((password_of(self.options.database),)),
            patience=request.patience,
        )
        place = Place(target, world, f"{request.run}.{request.region}", folder)
        owner = f"worker {self.options.name} on {os.uname().nodename}"
        with closing(Desk(self.options.database, request.run, stream)) as desk:
            lines = PostgresStore(self.options.database, request.run, stream, owner=owner)
            store = _open(lines, place)
            if result := result_of(tuple(parse_lines(store.read(), store.name))):
                store.close()  # it ended, and whoever rolled it back died before the dispatcher heard of it
                return result
            ended = Event()
            looking = Thread(target=_look, args=(desk, slice_, folder, stop, ended), name=f"desk-{slice_}")
            looking.start()
            try:
                return roll_back_in(place, _options_of(request), store=store)
            finally:
                ended.set()
                looking.join()

    def _target(self, request: Request) -> Target:
        """Load the plan of this checkout. Raises Refused when it is not the one that was decided on."""
        from rollback_gov.records.digests import digests

        loaded = load_plan(self.options.root / request.plan)
        here = digests(loaded.require(), loaded.files).executable
        if here != request.executable:
            raise Refused(
                f"The worker {self.options.name} has another version of {request.plan}: what would run is not what was "
                "decided on.",
                hint="Bring its checkout to the same commit, then resume the run.",
            )
        return Target(
            loaded=loaded,
            workspace=Workspace.around(loaded.path),
            environment=request.environment,
            given=request.given,
            region=request.region,
        )


def _open(stream: PostgresStore, place: Place) -> Store:
    """Put the stream and its local copy together; what began on another machine is unknown here."""
    store = CopiedStore(stream, place.folder, place.world.clock)
    try:
        take_over(place.folder / ".state", parse_lines(store.read(), store.name), stream.epoch)
    except BaseException:
        store.close()
        raise
    return store


def _options_of(request: Request) -> RunOptions:
    answers = Answers(overrides=request.overrides, settle=request.settle, point_of_no_return=request.point_of_no_return)
    options = RunOptions(
        choices=choices_of(request.started),
        reason=RollbackReason(**request.started["reason"]),
        decided_at=request.decided_at,
        last_resort=request.last_resort,
    )
    return replace(options, answers=answers)


def _look(desk: Desk, slice_: str, folder: Path, stop: RegionStop, ended: Event) -> None:
    """Fetch answers, and hear the wish to stop. A database that is away is the concern of the next append, not ours."""
    while not ended.wait(LOOK_SECONDS):
        with suppress(JournalError):
            desk.fetch(folder)
            signal = desk.asked_to_stop(slice_)
            if signal and not stop.requested:
                stop.take(signal)
