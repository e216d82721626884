"""The journal of a run that goes on: on a disk that may be full, and copied to a mirror that may be dead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.execution.console import Console
from rollback_gov.execution.full_disk import EnduringStore, FullDisk
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.masking import Masker
from rollback_gov.execution.mirror.address import VARIABLE, open_mirror
from rollback_gov.execution.network_disk import network_kind
from rollback_gov.execution.override import insist
from rollback_gov.execution.refuge import Refuge
from rollback_gov.execution.store import FileStore, Store
from rollback_gov.model.errors import UsageError

if TYPE_CHECKING:
    from rollback_gov.commands.target import Target
    from rollback_gov.commands.world import World
    from rollback_gov.execution.context import Context
    from rollback_gov.execution.mirror.interface import Mirror
    from rollback_gov.model.event import Event

HURRY_SECONDS, LEAST_SECONDS = 2.5, 0.5
"""For the mirror since a run that was told to stop has stopped: whoever tells it leaves ten seconds for everything."""


@contextmanager
def open_journal(
    target: Target,
    world: World,
    folder: Path,
    *,
    run: str,
    console: Console,
    masker: Masker,
    store: Store | None = None,
) -> Iterator[Journal]:
    """Open the journal in a run's folder, and at the end send the mirror what it lacks, for seconds at most.

    ``run`` is the id under which the mirror knows it. A journal in a ``store`` of its own (a database) needs neither
    mirror nor room on a disk. Raises JournalError, and UsageError for a mirror that was named
    on the command line and is none.
    """
    if store is not None:
        with closing(Journal(folder, world.clock, mask=masker.data, store=store)) as journal:
            yield journal
        return
    mirror, problem = _mirror(target, world, run)
    enduring = EnduringStore(FileStore(folder, world.clock))
    opened = Journal(folder, world.clock, mask=masker.data, store=enduring)
    with closing(opened) as journal, closing(Refuge(folder.resolve())) as refuge:
        full_disk = FullDisk(enduring, journal, console=console, stop=world.stop, aside=world.aside)
        journal.listeners += [full_disk, refuge]
        if problem:
            warn(journal, console, f"the journal has no mirror: {problem}")
        if mirror is None:
            yield journal
            return
        with _shipping(mirror, journal, console, world):
            yield journal


@contextmanager
def _shipping(mirror: Mirror, journal: Journal, console: Console, world: World) -> Iterator[None]:
    from rollback_gov.execution.mirror.shipper import FLUSH_SECONDS, Shipper

    def said(text: str) -> None:
        warn(journal, console, text)
        if shipper.diverged is not None and not world.stop.requested:
            world.stop.signal = _who_else(shipper.takeover, journal)

    shipper = Shipper(mirror, journal.lines, said)
    journal.listeners.append(shipper)
    try:
        yield
    finally:
        if not shipper.close(_hurry(journal) if world.stop.requested else FLUSH_SECONDS):
            console.say(f"  the journal mirror {mirror.name} lacks the last {shipper.missing} lines")


def _hurry(journal: Journal) -> float:
    """Seconds that are left for the mirror, which was sent the end while messages were seen off."""
    stopped = [event.monotonic for event in journal.events if event.type == "run.interrupted"]
    since = journal.clock.monotonic() - stopped[-1] if stopped else 0.0
    return max(HURRY_SECONDS - since, LEAST_SECONDS)


def _who_else(takeover: Event | None, journal: Journal) -> str:
    """Name the other machine that runs this run as well; empty when the mirror just holds something else."""
    if takeover is not None:
        return f"its takeover by {takeover.data.get('by')} on {takeover.data.get('host')}"
    if any(event.type == "run.resumed" and event.data.get("mirror") for event in journal.events):
        return "the machine that was thought gone: it still writes to the mirror"
    return ""


def settle_with_mirror(journal: Journal) -> None:
    """Wait until the mirror knows who goes on with the run, for seconds at most: the old machine may still live."""
    from rollback_gov.execution.mirror.shipper import Shipper

    for listener in journal.listeners:
        if isinstance(listener, Shipper):
            listener.flush()


def check_disk(context: Context, journal: Journal, overrides: Mapping[str, str]) -> None:
    """Refuse to trust a network file system with the journal, unless a person overrides it."""
    try:
        mountinfo = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return
    kind = network_kind(mountinfo, str(context.folder.resolve()))
    if kind:
        message = f"{context.folder} is on a network file system ({kind}), where locks and synced lines prove nothing."
        insist(context, journal, "network-disk", message, overrides)


def warn(journal: Journal, console: Console, message: str) -> None:
    """Say it, and write it down for the report."""
    console.say(f"  WARNING: {message}")
    journal.append("warning", {"message": message})


def _mirror(target: Target, world: World, run: str) -> tuple[Mirror | None, str]:
    """Give the mirror that is wanted, or why there is none although one is. Only a person is contradicted."""
    address = world.mirror or _configured(target, world)
    if not address:
        return None, ""
    try:
        return open_mirror(address, run, root=target.workspace.root, environ=world.environ), ""
    except UsageError as error:
        if world.mirror:
            raise
        return None, f"{error} {error.hint}".strip()


def _configured(target: Target, world: World) -> str:
    environments = target.workspace.environments
    environment = environments.environments.get(target.environment)
    own = environment.journal_mirror if environment else ""
    return world.environ.get(VARIABLE, "") or own or environments.journal_mirror
