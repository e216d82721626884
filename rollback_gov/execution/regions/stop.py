"""The wish to stop, as one region hears it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rollback_gov.execution.inbox import Cancel
from rollback_gov.execution.stop import AFTER_STEP, CANCEL, Stop
from rollback_gov.model.event import Event


class RegionStop(Stop):
    """Stops with the whole run, and may be stopped alone: the timeout of one region is not that of the others.

    A wish to end after the running step is about this region's own: it does not go on because others are in a step,
    and its step is not ended because others are between two.
    """

    def __init__(self, whole: Stop) -> None:
        self._whole = whole
        self._own = ""
        self._gently = False
        self._in_own_step = False

    @property
    def signal(self) -> str:
        """What asked for the end."""
        return self._own or (self._whole.signal if self._whole.at_once else "")

    @signal.setter
    def signal(self, name: str) -> None:
        self._own = name

    def take(self, wish: str) -> None:
        """Hear a wish that was passed on from elsewhere."""
        if wish == AFTER_STEP:
            self._gently = True
        else:
            self._own = wish

    @property
    def requested(self) -> bool:
        """Somebody wants this region, or the whole run, to end now."""
        if not self.signal and (self._gently or self._whole.after_step) and not self._in_own_step:
            self._own = CANCEL
        return bool(self.signal)

    @property
    def wish(self) -> dict[str, str]:
        """The wish as ``run.interrupted`` keeps it."""
        if self._own and self._own != CANCEL:
            return {"signal": self._own, "by": "", "reason": ""}
        return {**self._whole.wish, "signal": self.signal}

    @contextmanager
    def listening(self, folder: Path, noticed: Callable[[Cancel], None]) -> Iterator[None]:
        """Look into the region's inbox too: who cancels a region cancels the run."""
        with self._whole.listening(folder, noticed):
            yield

    def follow(self) -> Callable[[Event], None]:
        """Give what is to be told of every event of the region's journal."""
        told = self._whole.follow()

        def heard(event: Event) -> None:
            told(event)
            if event.type == "step.intent":
                self._in_own_step = True
            elif event.type in ("step.finished", "step.settled"):
                self._in_own_step = False

        return heard
