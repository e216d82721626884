"""Failures that are switched on for a rehearsal."""

from __future__ import annotations

from threading import Lock

from .errors import DemoError

HIGH_ERROR_RATE = "high_error_rate"
UNHEALTHY = "unhealthy"
TYPES = (HIGH_ERROR_RATE, UNHEALTHY)


class Faults:
    """At most one injected failure; it ends with the process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._type: str | None = None
        self._rate = 0.0
        self._due = 0.0

    def inject(self, kind: str | None, rate: float) -> None:
        """Switch to a failure, or to none; `rate` is the share of orders that fail, above 0 up to 1."""
        if kind is not None and kind not in TYPES:
            raise DemoError(f"There is no failure {kind!r}: choose one of {', '.join(TYPES)}.")
        if not isinstance(rate, int | float) or not 0 < rate <= 1:
            raise DemoError(f"The rate {rate!r} is not a share: choose one above 0, up to 1.")
        with self._lock:
            self._type, self._rate, self._due = kind, rate, 0.0

    @property
    def unhealthy(self) -> bool:
        return self._type == UNHEALTHY

    def strikes(self) -> bool:
        """Whether this request fails; evenly spread and not by chance, so that a rehearsal can be repeated."""
        with self._lock:
            if self._type != HIGH_ERROR_RATE:
                return False
            self._due += self._rate
            if self._due < 1 - 1e-9:
                return False
            self._due -= 1
            return True
