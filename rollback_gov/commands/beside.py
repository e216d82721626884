"""Work beside a run, in a thread of its own: somebody elsewhere is told how it stands, and no step waits for that."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Event as Signal
from threading import Lock, Thread

from rollback_gov.model.event import Event

TOLD = frozenset(
    {
        *("run.started", "run.resumed", "run.interrupted", "run.verified", "run.finished", "region.finished"),
        *("phase.started", "phase.finished", "gate.waiting", "gate.decided", "manual.waiting", "step.unknown"),
        *("sla.breached", "escalated", "last_resort.decided", "override", "cancel.requested"),
    }
)
"""Events after which the world is told anew."""


class Beside:
    """Hears a run and lets ``tell`` say how it stands, again and again, until ``close``. ``tell`` never raises.

    ``tell`` gets all events so far. What happens while it works is told the next time, all at once.
    """

    def __init__(self, tell: Callable[[tuple[Event, ...]], None], *, pause: float) -> None:
        self._tell = tell
        self._pause = pause
        self._events: list[Event] = []
        self._lock = Lock()
        self._news, self._over = Signal(), Signal()
        self._thread = Thread(target=self._work, name="beside the run", daemon=True)

    def hear(self, event: Event) -> None:
        """Take one event; never waits."""
        with self._lock:
            self._events.append(event)
        if event.type in TOLD:
            self._news.set()
            if self._thread.ident is None:
                with suppress(RuntimeError):  # a machine that has no threads left tells nobody
                    self._thread.start()

    def close(self, seconds: float) -> bool:
        """Let the last of it be told, for at most that long; False when it was not."""
        if self._thread.ident is None:
            return not self._news.is_set()
        self._over.set()
        self._news.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        is_last = False
        while not is_last:
            self._news.wait()
            is_last = self._over.is_set()  # whoever closes has heard everything before
            self._news.clear()
            with self._lock:
                events = tuple(self._events)
            self._tell(events)
            if not is_last:
                self._over.wait(self._pause)
