"""An environment of the demo: its port, and the folder in which everything about it lies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import DemoError

DEMO = Path(__file__).resolve().parents[2]
# A mistyped DEMO_STATE must not cost anybody else's files: only these are ever deleted.
OWN_FILES = ("orders.db", "orders.db-journal", "orders.db.*", "service.*", "draining", "*-version")


@dataclass(frozen=True, slots=True)
class Environment:
    """Named by ENVIRONMENT, PORT and DEMO_STATE (by default `.demo` beside the scripts)."""

    folder: Path
    port: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Environment:
        """Raises DemoError where a variable is missing or makes no sense."""
        name, port = environ.get("ENVIRONMENT", ""), environ.get("PORT", "")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise DemoError(f"ENVIRONMENT is {name!r}: set it to a name such as staging.")
        if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
            raise DemoError(f"PORT is {port!r}: set it to the port of the service, such as 8081.")
        state = Path(environ.get("DEMO_STATE") or DEMO / ".demo").absolute()
        return cls(state / name, int(port))

    @property
    def database(self) -> Path:
        return self.folder / "orders.db"

    @property
    def log(self) -> Path:
        return self.folder / "service.log"

    @property
    def pid_file(self) -> Path:
        return self.folder / "service.pid"

    @property
    def draining(self) -> Path:
        """A file that is there while new orders are turned away; it outlives a deployment."""
        return self.folder / "draining"

    @property
    def current_version(self) -> Path:
        return self.folder / "current-version"

    @property
    def previous_version(self) -> Path:
        return self.folder / "previous-version"

    def delete(self) -> list[str]:
        """Delete the service's own files, and the folder if nothing else is in it; gives the names of what is."""
        for pattern in OWN_FILES:
            for file in self.folder.glob(pattern):
                file.unlink()
        left = sorted(file.name for file in self.folder.glob("*"))
        if self.folder.exists() and not left:
            self.folder.rmdir()
        return left
