"""A look at what others do, beside the ticks: a place of leases that does not answer holds up none of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Thread

from rollback_gov.triggers.holder import Holder
from rollback_gov.triggers.lease import Lease, Unreachable

MOMENT = 0.05
"""Seconds in which most answers come; a later one is there at the next tick."""


class Look:
    """Looks who holds a lease, now and then. ``steady`` gives seconds that only grow."""

    def __init__(self, lease: Lease, steady: Callable[[], float]) -> None:
        self._lease, self._steady = lease, steady
        self._looked: float | None = None
        self._holder: Holder | None = None
        self._thread: Thread | None = None

    def holder(self, *, every: float) -> Holder | None:
        """Give who held it at the last look that was answered. Looks after ``every`` seconds; 0: each time, at once."""
        now = self._steady()
        if not every:
            self._look()
        elif not self._is_looking and (self._looked is None or now - self._looked >= every):
            self._looked = now
            self._thread = Thread(target=self._look, name="looking on", daemon=True)
            self._thread.start()
            self._thread.join(MOMENT)
        return self._holder

    @property
    def _is_looking(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _look(self) -> None:
        with suppress(Unreachable):
            self._holder = self._lease.holder()
