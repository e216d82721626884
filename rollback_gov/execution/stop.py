"""The wish to stop, from a signal or from another process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass(slots=True)
class Stop:
    """Set once; everything that waits looks at it."""

    signal: str = ""

    @property
    def requested(self) -> bool:
        """Somebody wants the run to end."""
        return bool(self.signal)


@contextmanager
def stop_on_signals(stop: Stop) -> Iterator[Stop]:
    """Turn SIGINT and SIGTERM into the wish to stop; a second one ends the process at once."""
    import os
    import signal

    def wish(number: int, frame: FrameType | None) -> None:
        if stop.requested:
            os._exit(130)
        stop.signal = signal.Signals(number).name

    before = {number: signal.signal(number, wish) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
