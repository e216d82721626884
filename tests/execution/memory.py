"""A journal in memory, for tests of what is written and not of where."""

from __future__ import annotations

from pathlib import Path

from rollback_gov.execution.journal import Journal
from tests.execution.conftest import Hands


class MemoryStore:
    """Keeps lines as long as the process lives."""

    name = "memory"

    def __init__(self, lines: bytes = b"") -> None:
        self.lines = lines

    def read(self) -> bytes:
        return self.lines

    def append(self, line: bytes, *, seq: int) -> None:
        assert seq == self.lines.count(b"\n") + 1
        self.lines += line

    def confirm(self) -> None:
        """Nobody else has it."""

    def close(self) -> None:
        """Nothing is held."""


def journal_in_memory(lines: bytes = b"") -> Journal:
    return Journal(Path("nowhere"), Hands(), store=MemoryStore(lines))
