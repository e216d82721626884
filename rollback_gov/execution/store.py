"""Where the lines of a journal live: a file by default."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from rollback_gov.execution.clock import Clock
from rollback_gov.execution.reserve import Reserve
from rollback_gov.model.errors import RollbackGovError

FILE = "journal.jsonl"
BUSY_SECONDS = 2.0


class JournalError(RollbackGovError):
    """A journal is damaged, or another process writes it."""


class Unwritable(JournalError):  # noqa: N818 - the word for it
    """The disk takes no more, or not now. What was written before stays whole."""


class Store(Protocol):
    """Keeps the lines of one journal for the one process that writes it. It knows nothing of what they say."""

    name: str
    """What it is called in messages."""

    def read(self) -> bytes:
        """Give every whole line, in order, each with its line feed; nothing for a new journal."""
        ...

    def append(self, line: bytes, *, seq: int) -> None:
        """Keep one more line (it ends with a line feed; the first has the number 1). It is durable when this returns.

        Raises JournalError when it cannot be kept; the lines before are whole then.
        """
        ...

    def confirm(self) -> None:
        """See that the journal is this process' still. Raises JournalError when somebody else has taken it over."""
        ...

    def close(self) -> None:
        """Let go of everything that was held."""
        ...


class FileStore:
    """A file in a run's folder, locked by this process, synced line by line."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.path = folder / FILE
        self.name = str(self.path)
        self._clock = clock
        try:
            self._file = self._open()
        except OSError as error:
            raise JournalError(f"Cannot open the journal {self.path}: {error.strerror}.") from error
        try:
            self._lock()
            self._cut_torn_line()
            self._reserve = Reserve(self._file)
            self._reserve.cover(os.fstat(self._file).st_size)
        except BaseException:
            os.close(self._file)
            raise

    def read(self) -> bytes:
        """Give every whole line."""
        raw = _content(self._file)
        return raw[: raw.rfind(b"\n") + 1]

    @property
    def is_nearly_full(self) -> bool:
        """The disk is full, now, and little is left of the room that was reserved."""
        self._reserve.cover(os.fstat(self._file).st_size)
        return self._reserve.is_low

    def confirm(self) -> None:
        """It is ours: the lock is that of this process until its end."""

    def append(self, line: bytes, *, seq: int) -> None:
        """Write one line and sync it. Raises Unwritable when the disk takes no more; the file stays whole."""
        end = os.lseek(self._file, 0, os.SEEK_END)
        try:
            if os.fstat(self._file).st_nlink == 0:
                self._restore()
                end = os.lseek(self._file, 0, os.SEEK_END)
            self._reserve.cover(end + len(line))
            _write_all(self._file, line)
            os.fdatasync(self._file)
        except OSError as error:
            with suppress(OSError):
                self._reserve.cut(end)
            raise Unwritable(
                f"Cannot write the journal {self.path}: {error.strerror}.",
                hint=f"Make room, then: rollback-gov resume {self.path.parent.name}",
            ) from error

    def close(self) -> None:
        """Close the file, give back what was reserved and not used, and let go of the lock."""
        with suppress(OSError):
            self._reserve.give_back()
        os.close(self._file)

    def _open(self) -> int:
        """Open the file. A new one is synced into its folder, or a power cut would take it away with all its lines."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if os.fstat(file).st_size == 0:
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            os.fsync(folder)
            os.close(folder)
        return file

    def _lock(self) -> None:
        lock(self._file, self._clock, f"Another process is writing {self.path}.")

    def _cut_torn_line(self) -> None:
        """Nothing acted on a line that was not written to its end. Cutting nothing would give the reserve back."""
        whole = len(self.read())
        if whole != os.fstat(self._file).st_size:
            os.ftruncate(self._file, whole)

    def _restore(self) -> None:
        """Write the file anew: a step has removed it, as ``git clean`` does with what is not committed."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        removed, self._file = self._file, self._open()
        try:
            self._lock()
            self._reserve = Reserve(self._file)
            _write_all(self._file, _content(removed))
        finally:
            os.close(removed)


def _content(file: int) -> bytes:
    size, parts, at = os.fstat(file).st_size, [], 0
    while at < size:
        parts.append(os.pread(file, size - at, at))
        if not parts[-1]:
            break
        at += len(parts[-1])
    return b"".join(parts)


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def is_being_written(path: Path) -> bool:
    """Say whether a process has this journal open for appending. False where there is no such file."""
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


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
