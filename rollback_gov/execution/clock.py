"""Time as an argument."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from rollback_gov.model.boot import boot_id

if TYPE_CHECKING:
    from rollback_gov.model.event import Event

_PROCESSES = ("run.started", "run.resumed")
"""With these a process begins to write; they say since which boot its steady clock counts."""


class Clock(Protocol):
    """Wall time for records, steady time for durations."""

    @property
    def boot(self) -> str:
        """Names the start of the machine since which all its processes share the steady clock; empty if unknown."""
        ...

    def now(self) -> datetime:
        """UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    def uptime(self) -> float:
        """Seconds since the machine started. They never go back either, and go on while it sleeps."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's own clocks."""

    @property
    def boot(self) -> str:
        """The kernel's name for this boot; empty where a sandbox hides it."""
        return boot_id()

    def now(self) -> datetime:
        """UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def uptime(self) -> float:
        """Seconds since the machine started; where the kernel does not say so, those in which it did not sleep."""
        return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def stamp(moment: datetime) -> str:
    """Write a UTC time as records do: ``2026-01-31T12:00:00.000Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse_stamp(text: str) -> datetime:
    """Read what ``stamp`` wrote. Raises ValueError."""
    return datetime.fromisoformat(text)


def seconds_since(event: Event, events: Iterable[Event], clock: Clock) -> float:
    """Give how long ago a line of a journal (``events``) was written, by whichever process; never less than 0.

    Within one boot the steady clock says it, which nobody sets. Across a restart of the machine, and from another
    machine, only the wall clock is left.
    """
    if clock.boot and boot_of(event, events) == clock.boot:
        return max(clock.monotonic() - event.monotonic, 0.0)
    return max((clock.now() - parse_stamp(event.at)).total_seconds(), 0.0)


def boot_of(event: Event, events: Iterable[Event]) -> str:
    """Name the boot of the machine whose process wrote a line; empty where the journal does not say."""
    began = [each.data.get("boot", "") for each in events if each.type in _PROCESSES and each.seq <= event.seq]
    return began[-1] if began else ""
