"""Where an audit log lives. A folder by default; in a git repository a branch of its own (``branch.py``)."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from rollback_gov.model.errors import RollbackGovError
from rollback_gov.plans.files import open_regular
from rollback_gov.records.audit.entry import Entry, Head, after, line_of, parse
from rollback_gov.records.errors import RecordError
from rollback_gov.records.statement import sync

FILE = "log.jsonl"
BLOCK = 1_048_576


class LogError(RollbackGovError):
    """The log cannot be reached now, or not be written. What was to be written waits in the spool."""


class LostError(LogError):
    """The log lacks entries that were seen in it."""


class Log(Protocol):
    """An append-only log, for however many who write at the same time."""

    name: str
    """What it is called in messages."""

    def blocks(self) -> Iterator[bytes]:
        """Give its bytes, from the first, in pieces of about a megabyte. Raises LogError."""
        ...

    def append(self, entries: Sequence[Entry]) -> Head:
        """Write entries after the last line, all or none, durably, and give the head. Raises LogError, RecordError."""
        ...

    def head(self) -> Head:
        """Give the head. The lines before the last are not looked at. Raises LogError, RecordError."""
        ...


def head_of(last: bytes, where: str) -> Head:
    """Give the head after a log's last line (without line feed; nothing in a log that is empty)."""
    return after(Head(parse(last, where)["number"] - 1), last) if last else Head()


def written(entries: Sequence[Entry], head: Head) -> tuple[bytes, Head]:
    """Give the lines that follow ``head``, each with its line feed, and the head after them."""
    lines = []
    for entry in entries:
        lines.append(line_of(entry, head))
        head = after(head, lines[-1])
    return b"".join(line + b"\n" for line in lines), head


class FileLog:
    """One file in a folder, locked while it is written."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self.name = str(self.path)

    def blocks(self) -> Iterator[bytes]:
        """Read the file, if there is one."""
        try:
            with open_regular(self.path) as file:
                left = _whole_size(file.fileno())
                while left and (block := file.read(min(BLOCK, left))):
                    left -= len(block)
                    yield block
        except FileNotFoundError:
            return
        except OSError as error:
            raise LogError(f"Cannot read {self.name}: {error.strerror}.") from error

    def head(self) -> Head:
        """Read the last line."""
        try:
            with open_regular(self.path) as file:
                return head_of(_last_line(file.fileno(), self.name), self.name)
        except FileNotFoundError:
            return Head()
        except OSError as error:
            raise LogError(f"Cannot read {self.name}: {error.strerror}.") from error

    def append(self, entries: Sequence[Entry]) -> Head:
        """Write the lines with one call and sync them; a line that a crash has cut off before is taken away."""
        try:
            with self._locked() as file:
                lines, head = written(entries, head_of(_last_line(file, self.name), self.name))
                end = os.lseek(file, 0, os.SEEK_END)
                try:
                    _write(file, lines)
                except OSError:
                    os.ftruncate(file, end)
                    raise
                return head
        except OSError as error:
            raise LogError(f"Cannot write {self.name}: {error.strerror}.") from error

    @contextmanager
    def _locked(self) -> Iterator[int]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file).st_size == 0:
                sync(self.path.parent)
            _cut_torn_line(file)
            yield file
        finally:
            os.close(file)


def _whole_size(file: int) -> int:
    """Give the size while nobody writes. It only grows, so that what is read up to there is whole."""
    fcntl.flock(file, fcntl.LOCK_SH)
    size = os.fstat(file).st_size
    fcntl.flock(file, fcntl.LOCK_UN)
    return size


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
    os.fdatasync(file)


def _cut_torn_line(file: int) -> None:
    """Nobody was told that a line was kept that was not written to its end."""
    size = os.fstat(file).st_size
    tail = os.pread(file, BLOCK, max(0, size - BLOCK))
    if tail and not tail.endswith(b"\n"):
        os.ftruncate(file, size - len(tail) + tail.rfind(b"\n") + 1)


def _last_line(file: int, name: str) -> bytes:
    """Read the last whole line, without line feed."""
    size = os.fstat(file).st_size
    tail = os.pread(file, BLOCK, max(0, size - BLOCK))
    lines = tail[: tail.rfind(b"\n") + 1].split(b"\n")
    if len(lines) == 2 and size > BLOCK:
        raise RecordError(f"{name}: the last line is longer than {BLOCK // 1_048_576} MiB.")
    return lines[-2] if len(lines) > 1 else b""
