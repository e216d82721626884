"""Leases as files in a watch's folder: for watchers and people on one machine, or with one disk."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from rollback_gov.triggers.lease import Unreachable

_GUARD = ".leases"


class FileLeases:
    """``NAME.lease`` in a folder, which is made where there is none. Exchanged under a lock, seen whole or not."""

    look_seconds = 0.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> tuple[str, str] | None:
        """Give a document and its digest."""
        try:
            content = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreachable(error) from error
        return content.decode("utf-8", "replace"), _version(content)

    def swap(self, name: str, version: str, text: str) -> bool:
        """Write the document, if the file is what it was."""
        path = self._path(name)
        try:
            with self._alone():
                if version != (_version(path.read_bytes()) if path.exists() else ""):
                    return False
                part = path.with_name(f".{path.name}.part")
                part.write_text(text, encoding="utf-8")
                part.replace(path)  # not synced: whoever held it before a power cut is dead after it
        except OSError as error:
            raise self._unreachable(error) from error
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        guard = os.open(self.folder / _GUARD, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield
        finally:
            os.close(guard)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.lease"

    def _unreachable(self, error: OSError) -> Unreachable:
        return Unreachable(f"The lease in {self.folder} cannot be read and written: {error.strerror}.")


def _version(content: bytes) -> str:
    return sha256(content).hexdigest()
