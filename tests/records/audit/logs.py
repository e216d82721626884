"""Entries and logs for the tests of this room."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from rollback_gov.records.audit.chain import Checked, Checkpoint, check
from rollback_gov.records.audit.entry import Entry, Head
from rollback_gov.records.audit.log import written


def entry(number: int, **fields: object) -> Entry:
    """Make an entry that is told from others by a number."""
    given = {"at": "2026-11-30T02:31:01Z", "by": "ann", "event": "permit.issued", "operation": "op-7", "data": {}}
    return Entry(**(given | {"id": f"{number:016x}"} | fields))  # type: ignore[arg-type]


def lines(count: int, **fields: object) -> bytes:
    """Write a log of so many lines."""
    return written([entry(number, **fields) for number in range(1, count + 1)], Head())[0]


def head(log: bytes) -> Head:
    """Give the head of a log that is whole."""
    return checked(log).head


def checked(log: bytes, *checkpoints: Checkpoint) -> Checked:
    """Check a log that comes in blocks of odd sizes."""
    return check(blocks(log), checkpoints, "the log")


def blocks(log: bytes) -> Iterator[bytes]:
    """Cut a log where no line ends."""
    return (log[start : start + 97] for start in range(0, len(log), 97))


def git(folder: Path, *words: str) -> str:
    """Run git and give what it prints."""
    done = subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()
