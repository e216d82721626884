"""Looking at a journal: its lines here or in a mirror, whether its chain is whole, and what comes in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rollback_gov.commands.runs import find_run
from rollback_gov.execution.chain import FIRST, digest, parse_lines, read_bytes, whole_lines
from rollback_gov.execution.journal import FILE, JournalError
from rollback_gov.execution.store import is_being_written
from rollback_gov.model.event import Event

POLL_SECONDS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where to find a journal: a run's id, folder or file, or the id in a mirror or in the database of workers."""

    run: str
    incidents: Path
    mirror: str
    environ: Mapping[str, str]
    database: str = ""

    @property
    def file(self) -> Path:
        """The file, where there is no mirror. Raises UsageError for a run that does not exist."""
        given = Path(self.run)
        return given if given.is_file() else find_run(self.incidents, self.run) / FILE

    def read(self) -> tuple[str, bytes]:
        """Give what it is called and its bytes. Raises UsageError, MirrorError, JournalError."""
        if self.mirror:
            from rollback_gov.commands.restore import fetch

            return fetch(self.mirror, self.run, self.incidents, self.environ)
        if self.database:
            return self._in_database()
        path = self.file
        try:
            return str(path), read_bytes(path)
        except OSError as error:
            raise JournalError(f"Cannot read the journal {path}: {error.strerror}.") from error

    def _in_database(self) -> tuple[str, bytes]:
        from rollback_gov.execution.postgres.connection import shown
        from rollback_gov.execution.postgres.streams import Streams, locate

        run, stream = locate(self.database, self.run)
        with closing(Streams(self.database, run)) as streams:
            return f"{self.run} in {shown(self.database)}", streams.lines(stream)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A journal whose chain is whole, or ``problem`` says what is wrong. ``head`` is the sha256 of its last line."""

    name: str
    events: int = 0
    head: str = FIRST
    torn: int = 0
    """Bytes after the last whole line; nothing acted on them."""
    problem: str = ""


def verify(source: Source) -> Verified:
    """Check every line and every link."""
    name, raw = source.read()
    lines = whole_lines(raw)
    try:
        events = parse_lines(lines, name)
    except JournalError as error:
        return Verified(name=name, problem=str(error))
    head = digest(lines[:-1].rpartition(b"\n")[2]) if lines else FIRST
    return Verified(name=name, events=len(events), head=head, torn=len(raw) - len(lines))


def export(source: Source) -> bytes:
    """Give every whole line, byte by byte as it was written. Raises JournalError for a broken chain."""
    name, raw = source.read()
    lines = whole_lines(raw)
    parse_lines(lines, name)
    return lines


def entries(source: Source) -> Iterator[tuple[Event, bytes]]:
    """Give each event with its line."""
    name, raw = source.read()
    lines = whole_lines(raw)
    return zip(parse_lines(lines, name), lines.splitlines(keepends=True), strict=True)


def follow(source: Source, sleep: Callable[[float], None]) -> Iterator[tuple[Event, bytes]]:
    """Give each event as it is written, until nobody writes the journal any more."""
    seen = 0
    while True:
        last_look = not is_being_written(source.file)
        for number, entry in enumerate(entries(source)):
            if number >= seen:
                seen = number + 1
                yield entry
        if last_look:
            return
        sleep(POLL_SECONDS)
