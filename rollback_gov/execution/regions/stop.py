"""The wish to stop, as one region hears it."""

from __future__ import annotations

from rollback_gov.execution.stop import Stop


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
