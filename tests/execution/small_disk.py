"""A real file system of a few MiB that a test fills to the last byte."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest


class SmallDisk:
    """A folder on a disk of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        """Take all that is left."""
        with (self.folder / "filler").open("ab", buffering=0) as file, suppress(OSError):
            for size in (65536, 1):
                with suppress(OSError):
                    while True:
                        file.write(b"x" * size)

    def make_room(self) -> None:
        """Give back what was taken."""
        (self.folder / "filler").unlink()


def mounted(folder: Path, *, size: str) -> Iterator[SmallDisk]:
    """Mount a tmpfs; skipped where that is not allowed."""
    folder.mkdir()
    done = (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if os.geteuid() == 0
        else None
    )
    if done is None or done.returncode:
        pytest.skip(f"only root may mount a small disk: {done.stderr.strip() if done else 'this is an ordinary user'}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk with room for the reserve of a journal, and little more."""
    yield from mounted(tmp_path / "disk", size="5m")
