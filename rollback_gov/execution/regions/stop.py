"""The wish to stop, as one region hears it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rollback_gov.execution.inbox import Cancel
from rollback_gov.execution.stop import Stop
from rollback_gov.model.event import Event


class RegionStop(Stop):
    """Stops with the whole run, and may be stopped alone: the timeout of one region is not that of the others."""

    __slots__ = ("_own", "_whole")

    def __init__(self, whole: Stop) -> None:
        self._whole = whole
        self._own = ""

    @property
    def signal(self) -> str:
        """What asked for the end."""
        return self._own or self._whole.signal

    @signal.setter
    def signal(self, name: str) -> None:
        self._own = name

    @property
    def requested(self) -> bool:
        """Somebody wants this region, or the whole run, to end now."""
        return bool(self._own) or self._whole.requested

    @property
    def wish(self) -> dict[str, str]:
        """The wish as ``run.interrupted`` keeps it."""
        return {"signal": self._own, "by": "", "reason": ""} if self._own else self._whole.wish

    @contextmanager
    def listening(self, folder: Path, noticed: Callable[[Cancel], None]) -> Iterator[None]:
        """Look into the region's inbox too: who cancels a region cancels the run."""
        with self._whole.listening(folder, noticed):
            yield

    def follow(self) -> Callable[[Event], None]:
        """Give what is to be told of every event of the region's journal."""
        return self._whole.follow()
