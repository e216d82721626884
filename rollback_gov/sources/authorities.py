"""Whom a server's certificate may be vouched for by: the system's authorities, or those of one file."""

from __future__ import annotations

import ssl
from pathlib import Path
from threading import Lock


class UnusableError(Exception):
    """A file of authorities cannot be used; the text says which and why."""


class Authorities:
    """Makes settings for TLS; threads may share it. A file that has changed is read again."""

    def __init__(self) -> None:
        self._contexts: dict[tuple[Path | None, int], ssl.SSLContext] = {}
        self._lock = Lock()

    def context(self, file: Path | None) -> ssl.SSLContext:
        """Give settings that trust the authorities in a PEM file, and nobody else; without one, those of the system.

        Raises UnusableError for a file that is not there or holds no certificate.
        """
        try:
            key = file, file.stat().st_mtime_ns if file else 0
            with self._lock:
                if key not in self._contexts:
                    self._contexts[key] = ssl.create_default_context(cafile=file)
                return self._contexts[key]
        except ssl.SSLError:
            raise UnusableError(f"the CA file {file} holds no certificate in PEM form") from None
        except OSError as error:
            raise UnusableError(f"the CA file {file} cannot be read: {error.strerror}") from None
