"""The wish to stop, from a signal or from another process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from types import FrameType

from rollback_gov.execution.inbox import Cancel, take_cancel
from rollback_gov.model.event import Event

CANCEL = "cancel"
"""What stands for the signal when somebody ended the run from elsewhere."""
AFTER_STEP = "cancel after the step"
"""The same for a process elsewhere that lets its running step end first."""
LOOK_SECONDS = 0.2
"""Between two looks into the inbox."""


class Stop:
    """Set once; everything that waits looks at it.

    A wish to end after the running step shows only while no step runs, so whoever asks between two steps sees it and a
    running one does not. ``by`` and ``reason`` say who cancelled from elsewhere, and why.
    """

    def __init__(self, signal: str = "", by: str = "", reason: str = "") -> None:
        self.signal = signal
        self.by = by
        self.reason = reason
        self._inboxes: dict[Path, Callable[[Cancel], None]] = {}
        self._others: list[Callable[[], None]] = []
        self._looked = 0.0
        self._after_step = False
        self._softly = False  # the signal stands for a wish that lets running steps end
        self._in_step: set[int] = set()
        self._followed = 0
        self._looking = Lock()

    @property
    def requested(self) -> bool:
        """Somebody wants the run to end, now."""
        if not self.signal:
            self._look()
            if self._after_step and not self._in_step:
                self.signal, self._softly = CANCEL, True
        return bool(self.signal)

    @property
    def at_once(self) -> bool:
        """Somebody wants steps that run to end as well."""
        self._look()
        return bool(self.signal) and not self._softly

    @property
    def after_step(self) -> bool:
        """Somebody wants nothing new to begin."""
        return self._after_step

    @property
    def wish(self) -> dict[str, str]:
        """The wish as ``run.interrupted`` keeps it."""
        return {"signal": self.signal, "by": self.by, "reason": self.reason}

    @property
    def passed_on(self) -> str:
        """The wish in a word, for a process elsewhere; empty where there is none."""
        if self.at_once:
            return self.signal
        return AFTER_STEP if self._after_step else ""

    @contextmanager
    def listening(self, folder: Path, noticed: Callable[[Cancel], None]) -> Iterator[None]:
        """Look into a run's inbox meanwhile. A wish that lies there already was for an earlier process.

        ``noticed`` is told of each wish, before anything ends because of it.
        """
        take_cancel(folder)
        self._inboxes[folder] = noticed
        self._looked = float("-inf")
        try:
            yield
        finally:
            del self._inboxes[folder]

    @contextmanager
    def looking_after(self, other: Callable[[], None]) -> Iterator[None]:
        """Call ``other`` meanwhile, as often as inboxes are looked into: also while a long step runs."""
        self._others.append(other)
        try:
            yield
        finally:
            self._others.remove(other)

    def follow(self) -> Callable[[Event], None]:
        """Give what is to be told of every event of a journal, so that it is known whether a step runs."""
        self._followed += 1
        number = self._followed

        def heard(event: Event) -> None:
            if event.type == "step.intent":
                self._in_step.add(number)
            elif event.type in ("step.finished", "step.settled"):
                self._in_step.discard(number)

        return heard

    def _look(self) -> None:
        """A file that is not there costs little, every 0.2 s. One thread looks; the others have seen nothing yet."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS or not self._looking.acquire(blocking=False):
            return
        try:
            self._looked = now
            for folder, noticed in list(self._inboxes.items()):
                cancel = take_cancel(folder)
                if cancel is not None:
                    self._wish(cancel, noticed)
            for other in list(self._others):
                other()
        finally:
            self._looking.release()

    def _wish(self, cancel: Cancel, noticed: Callable[[Cancel], None]) -> None:
        self.by, self.reason = cancel.by, cancel.reason
        noticed(cancel)
        if cancel.after_step:
            self._after_step = True
        else:
            self.signal, self._softly = CANCEL, False


_AT_ONCE = (
    b"rollback-gov: ended at once by a second signal. What runs goes on; go on with it: rollback-gov resume latest\n"
)


@contextmanager
def stop_on_signals(stop: Stop) -> Iterator[Stop]:
    """Turn SIGINT and SIGTERM into the wish to stop; a second one ends the process at once, and says so."""
    import os
    import signal

    def wish(number: int, frame: FrameType | None) -> None:
        if stop.signal:
            with suppress(OSError):
                os.write(2, _AT_ONCE)
            os._exit(130)
        stop.signal = signal.Signals(number).name

    before = {number: signal.signal(number, wish) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
