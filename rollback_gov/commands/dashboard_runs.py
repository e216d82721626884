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
        self._known: dict[Path, tuple[tuple[int, int], Glance]] = {}
        self._looked = float("-inf")
        self._looking = Lock()

    def all(self) -> tuple[Glance, ...]:
        """Give every run, the newest first."""
        with self._looking:
            if time.monotonic() - self._looked >= LOOK_SECONDS:
                self._known = dict(filter(None, map(self._look, self._incidents.glob(f"*/{FILE}"))))
                self._looked = time.monotonic()
            runs = [seen for _, seen in self._known.values()]
        return tuple(sorted(runs, key=lambda seen: (seen.at, seen.run), reverse=True))

    def folder_of(self, run: str) -> Path | None:
        """Find a run by its id, or one region of a run by ``RUN.REGION``; nothing else names a folder."""
        for seen in self.all():
            if seen.run == run:
                return seen.folder
            if run.startswith(f"{seen.run}."):
                wanted = run.removeprefix(f"{seen.run}.")
                regions = (path.parent for path in seen.folder.glob(f"regions/*/{FILE}"))
                if region := next((folder for folder in regions if folder.name == wanted), None):
                    return region
        return None

    def _look(self, journal: Path) -> tuple[Path, tuple[tuple[int, int], Glance]] | None:
        try:
            status = journal.stat()
        except OSError:
            return None
        version = (status.st_mtime_ns, status.st_size)
        known = self._known.get(journal)
        if known is not None and known[0] == version and known[1].state not in _OPEN and not known[1].stirs:
            return journal, known
        return journal, (version, glance(journal.parent, briefly=True))


def choose(runs: tuple[Glance, ...]) -> Glance | None:
    """Choose what whoever comes wants to see: the newest that goes on, else the newest. ``runs``: the newest first."""
    return next((seen for seen in runs if seen.stirs), next(iter(runs), None))
