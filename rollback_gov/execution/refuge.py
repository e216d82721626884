"""Scripts need a little room: for their text, their output, their exit code. A full disk must not take it from them."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from rollback_gov.model.event import Event

LITTLE = 1024 * 1024
"""Bytes below which a disk counts as full."""
ENOUGH = 8 * LITTLE


class Refuge:
    """Listens to a journal, and moves the folder of running scripts to another disk when its own becomes full.

    A link takes the folder's place, so whoever goes on with the run finds what is there. What ran before the move
    keeps its own folder, behind a link too.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._link = folder / ".state"
        self._elsewhere: Path | None = None

    def __call__(self, event: Event) -> None:
        """Look before each thing that happens next. Where it cannot be done, scripts say themselves what they lack."""
        if self._elsewhere is None and not self._link.is_symlink() and _free(self._folder) < LITTLE:
            with suppress(OSError):
                self._move()

    def close(self) -> None:
        """Leave nothing behind where nothing runs any more."""
        if self._elsewhere is None:
            return
        with suppress(OSError):
            for entry in self._elsewhere.iterdir():
                if entry.is_symlink():
                    entry.unlink()
            self._elsewhere.rmdir()
            self._link.unlink()

    def _move(self) -> None:
        place = next((place for place in _places() if _free(place) >= ENOUGH and _other(place, self._folder)), None)
        if place is None:
            return
        self._elsewhere = Path(tempfile.mkdtemp(prefix=f"rollback-gov-{self._folder.name}-", dir=place))
        before = self._folder / ".state-before"
        if self._link.is_dir():
            for entry in self._link.iterdir():
                if entry.is_dir() and not any(entry.iterdir()):  # of what is about to begin
                    (self._elsewhere / entry.name).mkdir(mode=0o700)
                else:
                    (self._elsewhere / entry.name).symlink_to(before.resolve() / entry.name)
            self._link.rename(before)
        self._link.symlink_to(self._elsewhere)


def _places() -> tuple[Path, ...]:
    """Where there may be room, in memory first."""
    return Path("/dev/shm"), Path(tempfile.gettempdir())


def _free(folder: Path) -> int:
    try:
        room = os.statvfs(folder)
    except OSError:
        return LITTLE  # neither full, nor a place to go to
    return room.f_bavail * room.f_frsize


def _other(place: Path, folder: Path) -> bool:
    return place.stat().st_dev != folder.stat().st_dev
