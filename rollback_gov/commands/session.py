"""What every command that runs something shares: the world, a run's folder, its journal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import field, replace
from pathlib import Path
from typing import Any, TextIO

from rollback_gov.commands.workspace import Workspace
from rollback_gov.execution.clock import Clock, SystemClock
from rollback_gov.execution.console import Console, SafeConsole, SilentConsole
from rollback_gov.execution.context import Context
from rollback_gov.execution.glance import glance
from rollback_gov.execution.heard import Hear, listen
from rollback_gov.execution.inbox import Cancel
from rollback_gov.execution.journal import FILE, Journal, JournalError, read_journal
from rollback_gov.execution.masking import Masker, secret_values
from rollback_gov.execution.stop import Stop
from rollback_gov.execution.store import Store
from rollback_gov.execution.task import Recorder
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record
from rollback_gov.plans import parameters
from rollback_gov.plans.load import LoadedPlan

REGIONS = "regions"
"""Where the regions of a run have their own folders, inside the run's."""


class World(Record):
    """What the command line gives: clock, terminal, environment variables, who is there, and the wish to stop."""

    person: str
    environ: Mapping[str, str]
    console: Console = field(default_factory=SilentConsole)
    clock: Clock = field(default_factory=SystemClock)
    stop: Stop = field(default_factory=Stop)
    hear: Hear = field(default=lambda _event: None)
    """Told of every event of the run's journal, also of those before a resume."""
    patience: float = 0.0
    """Seconds for which a refusal waits for somebody elsewhere, with nobody at the terminal."""
    masker: Masker = field(default_factory=Masker)
    """One for all regions: a secret that is learned in one of them is a secret in all."""
    aside: TextIO = field(default_factory=lambda: sys.stderr)
    """Where lines of the journal go for which the disk has no room."""
    mirror: str = ""
    """Where the journal is copied to, as a person said; otherwise what the environment says."""


class Target(Record):
    """Which plan, where, with which values."""

    loaded: LoadedPlan
    workspace: Workspace
    environment: str
    given: Mapping[str, str] = field(default_factory=dict)
    region: str = ""

    @property
    def values(self) -> dict[str, str]:
        """Parameters that were given, over those of the region.

        Raises UsageError for a region that the plan does not have, and for none where it has some: each has its own.
        """
        regions = self.loaded.require().regions
        known = regions.order if regions else ()
        if self.region not in (known or ("",)):
            wrong = f"There is no region '{self.region}'" if self.region else "The plan has regions: name one"
            raise UsageError(f"{wrong} (it has: {', '.join(known) or 'none'}).", hint="Use --region NAME.")
        parameters = (regions.parameters if regions else None) or {}
        return {**parameters.get(self.region, {}), **self.given}

    @property
    def is_regional(self) -> bool:
        """The plan has regions and none was named: all of them are meant, by the plan's strategy."""
        return self.loaded.require().regions is not None and not self.region

    @property
    def lanes(self) -> tuple[Target, ...]:
        """One target a region, in their order."""
        regions = self.loaded.require().regions
        return tuple(replace(self, region=region) for region in (regions.order if regions else ()))

    @property
    def incidents(self) -> Path:
        """Where runs leave their folders."""
        return self.workspace.root / "incidents"

    @property
    def baseline_folder(self) -> Path:
        """Where this environment's baseline lies."""
        return self.loaded.folder.resolve() / "baseline" / self.environment / self.region


def new_run(target: Target, clock: Clock, mode: str) -> tuple[str, Path]:
    """Make a run's folder, and give its id and path. Two runs never share one."""
    stem = f"{target.loaded.require().metadata.operation}-{clock.now():%Y%m%d-%H%M%S}-{mode}"
    for number in range(1, 1000):
        run = stem if number == 1 else f"{stem}-{number}"
        folder = target.incidents / run
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise UsageError(f"Cannot make the folder {folder}: {error.strerror}.") from error
        return run, folder
    raise UsageError(f"There are a thousand runs named {stem} already.")


def find_run(incidents: Path, run: str, *, unfinished: bool = False) -> Path:
    """Find a run's folder by its id, its path, or ``latest``. Raises UsageError with near names.

    With ``unfinished``, ``latest`` is the latest that has not ended, if there is one.
    """
    direct = Path(run)
    if (direct / FILE).is_file():
        return direct
    known = sorted((path.parent for path in incidents.glob(f"*/{FILE}")), key=lambda path: path.stat().st_mtime)
    if run == "latest" and known:
        newest_first = known[::-1]
        return next(filter(_goes_on, newest_first), known[-1]) if unfinished else known[-1]
    for folder in known:
        if folder.name == run:
            return folder
        if run.startswith(f"{folder.name}.") and (region := _region_of(folder, run)) is not None:
            return region
    from difflib import get_close_matches

    near = get_close_matches(run, [folder.name for folder in known], n=3, cutoff=0.3)
    names = ", ".join(near or [folder.name for folder in known[-3:]])
    hint = f"Did you mean: {names}?" if near else f"The newest: {names}." if names else "There is no run there at all."
    raise UsageError(f"There is no run '{run}' in {incidents}.", hint=hint)


def _goes_on(folder: Path) -> bool:
    """Tell whether somebody can resume, cancel or answer a run."""
    seen = glance(folder, briefly=True)
    return seen.goes_on or seen.hears or seen.state in ("interrupted", "dead")


def _region_of(folder: Path, run: str) -> Path | None:
    """Find ``RUN.REGION``, one region of a run of several."""
    region = folder / REGIONS / run.removeprefix(f"{folder.name}.")
    return region if (region / FILE).is_file() else None


def unfinished_run(target: Target) -> str:
    """Name a run of this operation in this environment that has begun and not ended; empty when there is none.

    A journal that cannot be read counts as one: nobody knows how far it came.
    """
    operation = target.loaded.require().metadata.operation
    regions = {target.region, "", *(lane.region for lane in target.lanes if target.is_regional)}
    ours = {(operation, target.environment, region) for region in regions}
    for path in sorted(target.incidents.glob(f"{operation}-*/{FILE}"), reverse=True):
        try:
            events = read_journal(path)
        except JournalError:
            return path.parent.name
        started: Mapping[str, Any] = next((event.data for event in events if event.type == "run.started"), {})
        theirs = (started.get("operation"), started.get("environment"), started.get("region", ""))
        begun = any(event.type in ("step.intent", "region.started") for event in events)
        ended = any(event.type == "run.finished" for event in events)
        if theirs in ours and begun and not ended:
            return path.parent.name
    return ""


@contextmanager
def open_context(
    target: Target, world: World, *, run: str, folder: Path, store: Store | None = None
) -> Iterator[tuple[Context, Journal]]:
    """Put together a run's surroundings, and open its journal (in ``store``); close everything at the end."""
    from rollback_gov.commands.journal import open_journal

    values = values_of(target, world)
    with ExitStack() as stack:
        console = SafeConsole(world.console, world.masker.text)
        opening = open_journal(target, world, folder, run=run, console=console, masker=world.masker, store=store)
        journal = stack.enter_context(opening)
        listen(journal, world.stop.follow(), world.hear)
        stack.enter_context(world.stop.listening(folder, lambda cancel: note_cancel(journal, cancel)))
        stack.callback(_report_last_messages, journal, folder)
        surroundings = open_surroundings(target, world, values, run=run, folder=folder, record=journal.append)
        yield stack.enter_context(surroundings), journal


def _report_last_messages(journal: Journal, folder: Path) -> None:
    """What became of the last messages is known only when their channels are closed, after the report was written."""
    from rollback_gov.commands.report import REPORT, write_incident

    if journal.events and journal.events[-1].type == "message.sent" and (folder / REPORT).exists():
        with suppress(Exception):  # the report that is there stays
            write_incident(folder)


def note_cancel(journal: Journal, cancel: Cancel) -> None:
    """Write down who wants the run to end. It ends all the same when the disk is full."""
    with suppress(JournalError):
        journal.append("cancel.requested", {"by": cancel.by, "reason": cancel.reason, "after_step": cancel.after_step})


def values_of(target: Target, world: World) -> dict[str, str]:
    """Give the plan's parameters their values, and learn the secrets. Raises UsageError for missing or wrong ones."""
    plan, environment = target.loaded.require(), target.workspace.environment(target.environment)
    values = {} if target.is_regional else parameters.resolve(plan, environment, world.environ, target.values)
    world.masker.add(*parameters.secrets(plan, values), *secret_values(world.environ))
    return values


@contextmanager
def open_surroundings(
    target: Target, world: World, values: Mapping[str, str], *, run: str, folder: Path, record: Recorder
) -> Iterator[Context]:
    """Put together a run's surroundings without its journal; ``record`` is told what became of messages."""
    from rollback_gov.commands.messages import Post, channels_of, open_messages
    from rollback_gov.execution.bash import run_metric
    from rollback_gov.sources.book import SourceBook

    plan, masker = target.loaded.require(), world.masker
    environment = target.workspace.environment(target.environment)
    with ExitStack() as stack:
        opened: list[Context] = []
        book = SourceBook(
            environment,
            target.workspace.environments,
            environ=world.environ,
            parameters=values,
            run=lambda script, *, timeout: run_metric(opened[0], script, timeout=timeout),
            mask=masker.text,
            stopped=lambda: world.stop.requested,
        )
        stack.callback(book.close)
        channels = channels_of(environment, target.workspace.environments)
        post = Post(channels=channels, environ=world.environ, known=_fields(target, run, folder))
        notify = stack.enter_context(open_messages(plan, post, record, hurried=lambda: world.stop.requested))
        context = Context(
            plan=plan,
            run=run,
            environment_name=target.environment,
            environment=environment,
            parameters=values,
            environ=world.environ,
            plan_folder=target.loaded.folder.resolve(),
            folder=folder.resolve(),
            baseline_folder=target.baseline_folder,
            clock=world.clock,
            masker=masker,
            console=SafeConsole(world.console, masker.text),
            stop=world.stop,
            sources=book,
            person=world.person,
            patience=world.patience,
            notify=notify,
        )
        opened.append(context)
        yield context


def _fields(target: Target, run: str, folder: Path) -> dict[str, str]:
    """What messages may say about the whole run."""
    plan = target.loaded.require()
    return {
        "operation": plan.metadata.operation,
        "title": plan.metadata.title,
        "environment": f"{target.environment} ({target.region})" if target.region else target.environment,
        "run": run,
        "mode": "execute" if target.workspace.environment(target.environment).class_ == "production" else "rehearse",
        "report": str(folder / "incident_report.md"),
        "sla": str(plan.sla or ""),
        "from": _versions(plan.change.from_),
        "to": _versions(plan.change.to),
    }


def _versions(versions: Mapping[str, str] | None) -> str:
    return ", ".join(f"{name} {version}" for name, version in (versions or {}).items())
