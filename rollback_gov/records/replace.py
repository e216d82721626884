"""Files that are changed in place: one writer at a time, and a reader sees the old one or the new one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rollback_gov.records.statement import sync


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Let nobody else change the files in a folder meanwhile. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def replace_file(path: Path, raw: bytes, *, synced: bool = True) -> None:
    """Write a file, whole or not at all, in the place of what was there, and sync it. Raises OSError.

    Without ``synced`` that holds for the death of the process, and not for a loss of power.
    """
    part = path.with_name(f".{path.name}.{os.urandom(8).hex()}.part")
    try:
        with part.open("xb") as file:
            file.write(raw)
            if synced:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    if synced:
        sync(path.parent)
