"""Rolling back the regions of a plan on several machines: this process decides what may begin, workers do it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rollback_gov.commands.begin import RunOptions
from rollback_gov.commands.climb import check_calls, climb_in
from rollback_gov.commands.execute import check_choices, decide_last_resort
from rollback_gov.commands.going_on import last_resort_of, options_of, resumable
from rollback_gov.commands.operation_lock import operation_lock
from rollback_gov.commands.preflight import check_unfinished
from rollback_gov.commands.regions import begin_regions, conduct, overridden
from rollback_gov.commands.report import write_incident
from rollback_gov.commands.restore import plan_here
from rollback_gov.commands.resume import go_on_in, target_of
from rollback_gov.commands.run_summary import RunSummary
from rollback_gov.commands.runs import REGIONS, new_run, unfinished_run
from rollback_gov.commands.session import note_cancel, open_context
from rollback_gov.commands.target import Target
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.execution.answers import Answers, RunResult
from rollback_gov.execution.chain import parse_lines
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.postgres.connection import password_of, shown
from rollback_gov.execution.postgres.copy import CopiedStore, LocalCopy
from rollback_gov.execution.postgres.desk import Desk
from rollback_gov.execution.postgres.dispatch import WAITS, Dispatcher, SliceEnd
from rollback_gov.execution.postgres.store import PostgresStore
from rollback_gov.execution.postgres.streams import Streams, locate, newest_unfinished
from rollback_gov.execution.regions.request import Request
from rollback_gov.model.errors import Interrupted, Refused, UsageError

LOOK_SECONDS = 0.25


def execute_distributed(target: Target, options: RunOptions, world: World, database: str) -> RunSummary:
    """Roll all regions back by the plan's strategy, each on a worker of its own region.

    Raises Interrupted or Refused when the run must wait; it can be resumed, from another machine too.
    """
    check_choices(target, options)
    _check_distributable(target, world)
    with operation_lock(target, world) as name_the_run, _dispatching(database) as dispatcher:
        unfinished = unfinished_run(target)
        run, folder = new_run(target, world.clock, "execute")
        name_the_run(run)
        with _coordination(target, world, database, run, folder) as (context, journal):
            begin_regions(target, options, context, journal, mode="execute", distributed=True)
            check_unfinished(unfinished, context, journal, options.answers.overrides)
            decide_last_resort(options, context, journal)
            away = _Away(target, options, world, database, dispatcher, context, journal)
            return conduct(context, journal, away.roll_back, ladder=options.ladder)


def resume_distributed(
    run: str,
    incidents: Path,
    answers: Answers,
    given: Mapping[str, str],
    world: World,
    *,
    database: str,
    ladder: bool = False,
) -> RunSummary:
    """Go on with a run whose journal lies in the database, whichever machine began it.

    ``latest`` is the latest in the database that has not ended; ``RUN.REGION`` gives the answers to that region alone.
    Raises UsageError for a run that is not there.
    """
    name, stream = locate(database, _latest(database) if run == "latest" else Path(run).name)
    only = stream.removeprefix(f"{REGIONS}/")
    folder = incidents / name
    fetch_run(database, name, folder, world)
    started, has_ended = resumable(folder, answers, only)
    target = target_of(started, given, _plan_of(started, incidents))
    if has_ended:
        return _climb(target, world, database, folder, ladder=ladder)
    _check_distributable(target, world)
    with (
        operation_lock(target, world) as name_the_run,
        _dispatching(database) as dispatcher,
        _coordination(target, world, database, name, folder) as (context, journal),
    ):
        name_the_run(name)
        go_on_in(target, context, journal, answers)
        options = replace(options_of(started), answers=answers, last_resort=last_resort_of(journal))
        away = _Away(target, options, world, database, dispatcher, context, journal, only)
        return conduct(context, journal, away.roll_back, ladder=ladder)


def _climb(target: Target, world: World, database: str, folder: Path, *, ladder: bool) -> RunSummary:
    """Go on with the ladder of a run whose journal lies in the database; no worker is needed for it."""
    check_calls(target, folder, ladder=ladder)
    with operation_lock(target, world) as name_the_run:
        name_the_run(folder.name)
        with _coordination(target, world, database, folder.name, folder) as (context, journal):
            return climb_in(target, context, journal)


def _latest(database: str) -> str:
    name = newest_unfinished(database)
    if not name:
        raise UsageError(f"Every run in the database {shown(database)} has ended.", hint="There is nothing to resume.")
    return name


def fetch_run(database: str, run: str, folder: Path, world: World) -> None:
    """Write the journals of a run into its folder, as far as they are not there."""
    with closing(Streams(database, run)) as streams:
        for name in streams.names():
            with closing(LocalCopy(folder / name, world.clock)) as copy:
                copy.catch_up(streams.lines(name))


def _plan_of(started: Mapping[str, Any], incidents: Path) -> Path:
    """Find the plan: another machine may have another root."""
    path = Path(started["plan_file"])
    return path if path.exists() else plan_here(path, Workspace.around(incidents.resolve()).root)


def _check_distributable(target: Target, world: World) -> None:
    """Raise UsageError for what cannot be handed to workers, before anything has happened."""
    plan = target.loaded.require()
    if world.mirror:
        raise UsageError(
            "Journals of workers lie in the database and have no mirror.",
            hint="Leave --journal-mirror and --from-mirror out; the second place is a standby of the database.",
        )
    if not target.is_regional:
        raise UsageError(
            "Workers roll back regions, and this is a run without or in one of them.",
            hint="Leave --distributed out, or give the plan `regions` and leave --region out.",
        )
    secret = [name for name in target.given if (plan.parameters or {})[name].secret] if plan.parameters else []
    if secret:
        raise UsageError(
            f"{', '.join(secret)} is a secret and does not go through the database.",
            hint="Put it into the environment of the workers.",
        )


@contextmanager
def _dispatching(database: str) -> Iterator[Dispatcher]:
    with closing(Dispatcher(database)) as dispatcher:
        yield dispatcher


@contextmanager
def _coordination(
    target: Target, world: World, database: str, run: str, folder: Path
) -> Iterator[tuple[Context, Journal]]:
    world.masker.add(password_of(database))
    store = CopiedStore(PostgresStore(database, run, ""), folder, world.clock)
    with open_context(target, world, run=run, folder=folder, store=store) as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class _Away:
    """Has one region rolled back by a worker, and follows it: lines come here, answers go there."""

    target: Target
    options: RunOptions
    world: World
    database: str
    dispatcher: Dispatcher
    context: Context
    journal: Journal
    only: str = ""

    def roll_back(self, region: str, decided_at: str) -> RunResult:
        """Put the region into its queue, or attach to the worker that has it, and wait for the end."""
        stem = f"{self.context.run}.{region}"
        number, goes_on = self.dispatcher.newest(stem)
        slice_ = f"{stem}.{number if goes_on else number + 1}"
        if not goes_on:
            self.dispatcher.begin(slice_, region, self._request(region, decided_at).document)
            self.context.console.say(f"Region {region} waits in its queue for a worker")
        end = self._follow(slice_, region)
        if end.document is None or WAITS in end.document:
            raise self._waits(end)
        return RunResult(**end.document)

    def _waits(self, end: SliceEnd) -> Interrupted | Refused:
        said = str((end.document or {}).get(WAITS, end.detail))
        return Interrupted(said) if self.context.stop.requested else Refused(said)

    def _follow(self, slice_: str, region: str) -> SliceEnd:
        stream, folder, asked = f"{REGIONS}/{region}", self.context.folder / REGIONS / region, ""
        with (
            self.context.stop.listening(folder, lambda cancel: note_cancel(self.journal, cancel)),
            closing(LocalCopy(folder, self.world.clock)) as copy,
            closing(Streams(self.database, self.context.run)) as streams,
            closing(Desk(self.database, self.context.run, stream)) as desk,
        ):
            while True:
                end = self.dispatcher.end_of(slice_)
                copy.follow(streams.lines(stream, after=copy.count))
                desk.post(folder)
                if end is not None:
                    break
                if (wish := self.context.stop.passed_on) and wish != asked:
                    asked = wish
                    desk.ask_to_stop(slice_, wish)
                    self.dispatcher.cancel_waiting(slice_)
                time.sleep(LOOK_SECONDS)
            if any(event.type == "run.started" for event in parse_lines(streams.lines(stream), stream)):
                write_incident(folder)
        return end

    def _request(self, region: str, decided_at: str) -> Request:
        started = next(event.data for event in self.journal.events if event.type == "run.started")
        answers = self.options.answers if self.only in ("", region) else Answers()
        root = self.target.workspace.root.resolve()
        return Request(
            run=self.context.run,
            region=region,
            plan=self.target.loaded.path.resolve().relative_to(root).as_posix(),
            executable=started["digests"]["executable"],
            environment=self.target.environment,
            given=self.target.given,
            started={name: started[name] for name in ("scenario", "options", "from", "skipped", "reason")},
            decided_at=decided_at,
            person=self.context.person,
            overrides={**overridden(self.journal), **answers.overrides},
            settle=answers.settle,
            point_of_no_return=answers.point_of_no_return,
            last_resort=self.options.last_resort,
            patience=self.world.patience,
        )
