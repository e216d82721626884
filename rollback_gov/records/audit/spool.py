"""Where entries wait until the log can be reached: a file each, so that many can write and nothing is ever torn."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rollback_gov.plans.files import open_regular
from rollback_gov.records.audit.entry import Entry, Head, line_of, parse
from rollback_gov.records.canonical import canonical_json
from rollback_gov.records.errors import RecordError
from rollback_gov.records.statement import sync

if TYPE_CHECKING:
    from rollback_gov.records.audit.log import Log

BATCH = 500
"""Entries that are written together at most."""
_SUFFIX = ".json"
_SENDING = "sending"
"""Stands in the folder while entries are on their way: who dies then may or may not have written them."""


class Sent(NamedTuple):
    """How many entries were written, the log's head after them, and files that are no entries; they stay."""

    entries: int = 0
    head: Head | None = None
    damaged: tuple[Path, ...] = ()


class Spool:
    """A folder of entries that are not in the log yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """See that entries can be kept. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        probe = self.folder / f".{os.getpid()}.part"
        probe.touch()
        probe.unlink()

    def add(self, entry: Entry, *, durably: bool = True) -> None:
        """Keep an entry without waiting for anybody; unless ``durably``, a power cut may take it. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{time.time_ns():020d}-{entry.id}"  # what is decided within a second keeps its order
        part = self.folder / f".{name}.part"
        with part.open("wb") as file:
            file.write(canonical_json(entry.document))
            file.flush()
            if durably:
                os.fsync(file.fileno())
        part.rename(self.folder / f"{name}{_SUFFIX}")
        if durably:
            sync(self.folder)

    def settle(self, since: int) -> None:
        """Make entries outlive a power cut that were added since a time (nanoseconds since the epoch). Raises OSError.

        Those that were sent meanwhile are in the log.
        """
        for path in self.waiting():
            if path.name >= f"{since:020d}":
                with suppress(FileNotFoundError):
                    sync(path)
        sync(self.folder)

    def waiting(self) -> list[Path]:
        """Give the files that wait, the oldest first."""
        return sorted(self.folder.glob(f"*{_SUFFIX}"))

    def entries(self) -> Iterator[Entry]:
        """Give the entries that wait, the oldest first; what is none is left out."""
        return (entry for entry in map(_read, self.waiting()) if entry is not None)

    def send(self, log: Log) -> Sent:
        """Write what waits into the log and take it out of the folder. Raises LogError, RecordError, OSError.

        Whatever happens in between, each entry gets into the log exactly once.
        """
        if not self.waiting():
            return Sent()
        with self._alone():
            found = {path: _read(path) for path in self.waiting()}
            fresh = {path: entry for path, entry in found.items() if entry is not None}
            damaged = tuple(path for path, entry in found.items() if entry is None)
            return self._send(log, fresh)._replace(damaged=damaged)

    def _send(self, log: Log, found: Mapping[Path, Entry]) -> Sent:
        sending = self.folder / _SENDING
        there = _ids(log) if sending.exists() else frozenset()
        sending.touch()
        sent, paths = Sent(), list(found)
        for start in range(0, len(paths), BATCH):
            batch = paths[start : start + BATCH]
            fresh = [found[path] for path in batch if found[path].id not in there]
            if fresh:
                sent = Sent(sent.entries + len(fresh), log.append(fresh))
            for path in batch:
                path.unlink()
        sending.unlink()
        return sent

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process send at a time. Those that add need not wait for it."""
        file = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)


def _ids(log: Log) -> frozenset[str]:
    from rollback_gov.records.audit.chain import entries

    return frozenset(entry.id for entry, _ in entries(log.blocks(), log.name))


def _read(path: Path) -> Entry | None:
    """Read an entry that waits; none where the file is no entry."""
    try:
        with open_regular(path) as file:
            entry = Entry(**json.loads(file.read()))
        parse(line_of(entry, Head()), str(path))
    except (OSError, ValueError, TypeError, RecursionError, RecordError):
        return None
    return entry
