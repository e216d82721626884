"""A journal file beside the one in PostgreSQL, so that everything that reads a run's folder finds it there."""

from __future__ import annotations

from pathlib import Path

from rollback_gov.execution.clock import Clock
from rollback_gov.execution.postgres.store import PostgresStore
from rollback_gov.execution.store import FileStore, JournalError


class LocalCopy:
    """A journal file that follows the lines of a stream. This process holds its lock."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = FileStore(folder, clock)
        self._path = folder
        self.count = self._file.read().count(b"\n")

    def follow(self, lines: bytes) -> None:
        """Write the lines that come after those that are there."""
        for line in lines.splitlines(keepends=True):
            self.count += 1
            self._file.append(line, seq=self.count)

    def catch_up(self, lines: bytes) -> None:
        """Write what is missing of all ``lines``. Raises JournalError for a file that says something else."""
        here = self._file.read()
        if not lines.startswith(here):
            raise JournalError(
                f"{self._file.name} is not a copy of the journal in the database.",
                hint="Move the folder away; it is written anew from the database.",
            )
        self.follow(lines[len(here) :])

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class CopiedStore:
    """A stream in PostgreSQL, and a file that follows it."""

    def __init__(self, stream: PostgresStore, folder: Path, clock: Clock) -> None:
        self._stream = stream
        self.name = stream.name
        try:
            self._copy = LocalCopy(folder, clock)
            self._copy.catch_up(stream.read())
        except BaseException:
            stream.close()
            raise

    def read(self) -> bytes:
        """Give every line of the stream."""
        return self._stream.read()

    def append(self, line: bytes, *, seq: int) -> None:
        """Keep one more line. The database decides; the file follows."""
        self._stream.append(line, seq=seq)
        self._copy.follow(line)

    def confirm(self) -> None:
        """See that the stream is ours still. Raises JournalError when it is not."""
        self._stream.confirm()

    def close(self) -> None:
        """Let go of both."""
        self._copy.close()
        self._stream.close()
