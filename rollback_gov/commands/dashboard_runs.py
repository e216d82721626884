"""Which runs there are, for those who look on: cheap to ask again, however many have ended."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Lock

from rollback_gov.execution.glance import Glance, glance
from rollback_gov.execution.journal import FILE

LOOK_SECONDS = 1.0
"""Between two looks at the folder, however many ask."""
_OPEN = ("running", "waiting", "interrupted", "dead")


class Runs:
    """The runs in a folder; threads may share it.

    A journal that has not changed since its run ended is not read again.
    """

    def __init__(self, incidents: Path) -> None:
        self._incidents = incidents
        self._known: dict[str, tuple[tuple[int, int], Glance]] = {}
        self._newest: tuple[Glance, ...] = ()
        self._looked = float("-inf")
        self._looking = Lock()

    def all(self) -> tuple[Glance, ...]:
        """Give every run, the newest first."""
        with self._looking:
            if time.monotonic() - self._looked >= LOOK_SECONDS:
                before, self._known = self._known, {}
                for journal in self._incidents.glob(f"*/{FILE}"):
                    self._look(journal, before.get(journal.parent.name))
                runs = (seen for _, seen in self._known.values())
                self._newest = tuple(sorted(runs, key=lambda seen: (seen.at, seen.folder.name), reverse=True))
                self._looked = time.monotonic()
            return self._newest

    def folder_of(self, run: str) -> Path | None:
        """Find a run by its id, or one region of a run by ``RUN.REGION``; nothing else names a folder."""
        for seen in self.all():
            folder = seen.folder
            if folder.name == run:
                return folder
            if run.startswith(f"{folder.name}."):
                wanted = run.removeprefix(f"{folder.name}.")
                regions = (path.parent for path in folder.glob(f"regions/*/{FILE}"))
                if region := next((place for place in regions if place.name == wanted), None):
                    return region
        return None

    def _look(self, journal: Path, known: tuple[tuple[int, int], Glance] | None) -> None:
        try:
            status = journal.stat()
        except OSError:
            return
        version = (status.st_mtime_ns, status.st_size)
        if known is None or known[0] != version or known[1].state in _OPEN or known[1].stirs:
            known = version, glance(journal.parent, briefly=True)
        self._known[journal.parent.name] = known


def choose(runs: tuple[Glance, ...]) -> Glance | None:
    """Choose what whoever comes wants to see: the newest that goes on, else the newest. ``runs``: the newest first."""
    return next((seen for seen in runs if seen.stirs), next(iter(runs), None))
