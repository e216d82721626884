"""The clock of a server, from the dates of its answers: a query asks about a time, and the server's own is meant."""

from __future__ import annotations

from threading import Lock

from rollback_gov.sources.interface import Answer, Reply


class ServerClock:
    """How far our clock is ahead of a server's, in whole seconds; threads may share it.

    A date has whole seconds, so a difference of up to a second means nothing and is left alone. Beyond that, all times
    are moved by as many seconds as the clocks differ: what we ask for stays on a grid, and the grid is the server's.
    """

    def __init__(self) -> None:
        self._ahead = 0
        self._lock = Lock()

    def time_of(self, ours: float) -> float:
        """Give what the server's clock shows when ours shows a time (both in seconds since the epoch)."""
        return ours - self._ahead

    def heard(self, answer: Answer) -> bool:
        """Take an answer's date into account. Says whether the answer was to a time that is not the server's."""
        if not isinstance(answer, Reply):
            return False
        # A date is cut off: in the middle, the server's clock shows half a second more.
        ahead = round(answer.ahead - 0.5) if answer.ahead else 0
        with self._lock:
            is_off = abs(ahead - self._ahead) > 1
            if is_off:
                self._ahead = ahead
        return is_off
