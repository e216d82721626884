"""A look at a run from outside: how far it is, and whether anybody runs it. Reads no more than it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

from rollback_gov.execution.chain import event_in, is_chained, read_bytes, whole_lines
from rollback_gov.execution.journal import FILE, JournalError, read_journal
from rollback_gov.execution.progress import Progress
from rollback_gov.execution.progression import progress_of
from rollback_gov.execution.store import is_being_written
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.model.event import Event
from rollback_gov.model.record import Record

DAMAGED = "damaged"
NOT_STARTED = "not started"
_REGIONS = "regions"
_ENDS = 40
"""Lines at each end of the journal of an ended run among which the beginning and the end lie."""
_TELLING_AT_THE_END = frozenset(
    {b"run.verified", b"run.finished", b"gate.waiting", b"gate.decided", b"ladder.open", b"escalated"}
)
_HEAD = 160
"""Bytes of a line in which its type stands."""


class Glance(Record):
    """One run and its ``state``.

    ``passed``, ``failed`` or ``aborted``; of a run without an end ``running``, ``waiting`` (for a person),
    ``interrupted`` or ``dead`` (its process is gone); or ``not started``, or ``damaged`` with ``problem``.
    """

    folder: Path
    state: str
    progress: Progress = field(default_factory=Progress)
    problem: str = ""
    hears: bool = False
    """A process is there that waits for an answer; after a failure too, while the escalation ladder goes on."""

    @property
    def run(self) -> str:
        """The run's id; ``RUN.REGION`` for one region of a run of several."""
        whole = self.folder.resolve().parent
        return f"{whole.parent.name}.{self.folder.name}" if whole.name == _REGIONS else self.folder.name

    @property
    def goes_on(self) -> bool:
        """A process runs it."""
        return self.state in ("running", "waiting")

    @property
    def stirs(self) -> bool:
        """A process runs it, or waits for somebody who takes over after its failure."""
        return self.goes_on or self.hears

    @property
    def at(self) -> str:
        """When something was last written (UTC); empty where that cannot be read."""
        return self.progress.decided_at or self.progress.last_at


def glance(folder: Path, *, briefly: bool = False) -> Glance:
    """Look at a run. Never raises: a journal that is damaged or cannot be read is a value.

    ``briefly`` leaves out the steps and checks of a run that has ended.
    """
    try:
        return standing(folder, progress_of(_telling_events(folder / FILE, briefly=briefly)))
    except RollbackGovError as error:
        return Glance(folder=folder, state=DAMAGED, problem=str(error))
    except (LookupError, TypeError, AttributeError, ValueError, OSError) as error:
        problem = f"{folder / FILE}: an event does not say what its type promises ({error})."
        return Glance(folder=folder, state=DAMAGED, problem=problem)


def standing(folder: Path, progress: Progress) -> Glance:
    """Say how the run in a folder stands whose journal was folded, by whether anybody writes it now."""
    held = (not progress.result or bool(progress.waiting)) and is_being_written(folder / FILE)
    hears = held and bool(progress.waiting)
    return Glance(folder=folder, state=_state(progress, held=held), progress=progress, hears=hears)


def _telling_events(journal: Path, *, briefly: bool) -> Iterator[Event]:
    """Give what is worth reading. The chain is checked in any case."""
    try:
        raw = read_bytes(journal)
    except OSError as error:
        raise JournalError(f"Cannot read the journal {journal}: {error.strerror}.") from error
    whole = whole_lines(raw)
    if not is_chained(whole):
        yield from read_journal(journal)  # it names the line, or finds all well in lines that look unlike ours
        return
    lines = whole.split(b"\n")[:-1]
    if briefly and any(_type(line) == b"run.finished" for line in reversed(lines[-_ENDS:])):
        lines = _brief(lines)
    yield from map(event_in, lines)


def _brief(lines: list[bytes]) -> list[bytes]:
    """Give the few lines that say how a run ended and who has to take over; they lie near both ends."""
    started = next((line for line in lines[:_ENDS] if _type(line) == b"run.started"), b"")
    ended = [line for line in lines[-_ENDS:] if _type(line) in _TELLING_AT_THE_END]
    return [started, *ended] if started else lines


def _type(line: bytes) -> bytes:
    return line[:_HEAD].partition(b'"type":"')[2].partition(b'"')[0]


def _state(progress: Progress, *, held: bool) -> str:
    """Say how a run stands. Whoever runs it holds the lock of its journal."""
    if progress.result:
        return progress.result
    if held:
        return "waiting" if progress.waiting else "running"
    if not progress.run:
        return NOT_STARTED
    return "interrupted" if progress.interrupted else "dead"
