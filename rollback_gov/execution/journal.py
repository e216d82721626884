"""The journal: append-only JSON lines, chained by sha256, synced line by line. See ``docs/journal.md``."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from rollback_gov.execution.clock import Clock, stamp
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.model.event import Event

FILE = "journal.jsonl"
FIRST = "0" * 64
BUSY_SECONDS = 2.0
_NAMES = """
run operation mode environment environment_class plan_file digests varying scenario options from path decided_at
tool_version git_commit check code event id result file sha256 passed phase alternative step action deadline
script_sha256 stdout stderr recovered how outcome decision executable severity scope on signal open moment trigger
permit region journal strategy
"""
NAMES = frozenset(_NAMES.split())
"""Keys under which only names of the plan, digests, times and words of ours stand. They are never masked: a secret that
is spelled like a step (``database``) would make the run forget that the step has ended."""


class JournalError(RollbackGovError):
    """A journal is damaged, or another process writes it."""


def read_journal(path: Path) -> tuple[Event, ...]:
    """Read a journal; a torn last line is left out, because nothing acted on it.

    Raises JournalError for a line in the middle that is not what the chain says.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise JournalError(f"Cannot read the journal {path}: {error.strerror}.") from error
    return _parse(raw[: raw.rfind(b"\n") + 1], path)


def _parse(raw: bytes, path: Path) -> tuple[Event, ...]:
    events, previous = [], FIRST
    for number, line in enumerate(raw.splitlines(), 1):
        try:
            event = Event(**json.loads(line))
        except (ValueError, TypeError, RecursionError) as error:
            raise JournalError(f"{path}:{number}: the line is not an event.", hint="The file was damaged.") from error
        if event.previous != previous or event.seq != number:
            raise JournalError(
                f"{path}:{number}: the chain is broken: a line before it was changed, added or removed.",
                hint="Compare the file with a copy; a run cannot go on from a changed journal.",
            )
        previous = sha256(line).hexdigest()
        events.append(event)
    return tuple(events)


class Journal:
    """One run's journal, open for appending by this process alone."""

    def __init__(self, folder: Path, clock: Clock, *, mask: Callable[[Any], Any] = lambda value: value) -> None:
        self.path = folder / FILE
        self.clock = clock
        self.mask = mask
        self._appending = Lock()
        self._previous = FIRST
        try:
            self._file = self._open()
        except OSError as error:
            raise JournalError(f"Cannot open the journal {self.path}: {error.strerror}.") from error
        try:
            lock(self._file, clock, f"Another process is writing {self.path}.")
            self.events = self._recover()
        except BaseException:
            os.close(self._file)
            raise

    def append(self, type_: str, data: Mapping[str, Any] | None = None) -> Event:
        """Write one event and sync it. When this returns, it has happened.

        Raises JournalError when the disk takes no more; what was there before stays whole.
        """
        with self._appending:
            event = Event(
                seq=len(self.events) + 1,
                at=stamp(self.clock.now()),
                monotonic=round(self.clock.monotonic(), 6),
                type=type_,
                data=self._masked(dict(data or {})),
                previous=self._previous,
            )
            line = _line(event)
            self._write(line + b"\n")
            self._previous = sha256(line).hexdigest()
            self.events.append(event)
        return event

    def close(self) -> None:
        """Close the file and let go of its lock."""
        os.close(self._file)

    def _masked(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: entry if key in NAMES else self._masked(entry) for key, entry in value.items()}
        if isinstance(value, list | tuple):
            return [self._masked(entry) for entry in value]
        return self.mask(value)

    def _open(self) -> int:
        """Open the file. A new one is synced into its folder, or a power cut would take it away with all its lines."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if os.fstat(file).st_size == 0:
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            os.fsync(folder)
            os.close(folder)
        return file

    def _restore(self) -> None:
        """Write the journal anew: a step has removed it, as ``git clean`` does with what is not committed."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        removed, self._file = self._file, self._open()
        os.close(removed)
        lock(self._file, self.clock, f"Another process is writing {self.path}.")
        _write_all(self._file, b"".join(_line(event) + b"\n" for event in self.events))

    def _write(self, line: bytes) -> None:
        end = os.lseek(self._file, 0, os.SEEK_END)
        try:
            if os.fstat(self._file).st_nlink == 0:
                self._restore()
                end = os.lseek(self._file, 0, os.SEEK_END)
            _write_all(self._file, line)
            os.fdatasync(self._file)
        except OSError as error:
            os.ftruncate(self._file, end)
            raise JournalError(
                f"Cannot write the journal {self.path}: {error.strerror}.",
                hint=f"Make room, then: rollback-gov resume {self.path.parent.name}",
            ) from error

    def _recover(self) -> list[Event]:
        raw = self.path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        if len(whole) != len(raw):
            os.ftruncate(self._file, len(whole))
        os.lseek(self._file, 0, os.SEEK_END)
        events = list(_parse(whole, self.path))
        if events:
            self._previous = sha256(whole.splitlines()[-1]).hexdigest()
        return events


def _line(event: Event) -> bytes:
    fields = {name: getattr(event, name) for name in ("seq", "at", "monotonic", "type", "data", "previous")}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def lock(file: int, clock: Clock, busy: str) -> None:
    """Take an exclusive lock, trying for two seconds: a lock passes through fork and exec for a moment.

    Raises JournalError with the sentence ``busy`` when somebody else keeps it.
    """
    deadline = clock.monotonic() + BUSY_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if clock.monotonic() >= deadline:
                raise JournalError(busy, hint="Wait for it, or look at it with `rollback-gov status`.") from None
            clock.sleep(0.05)
