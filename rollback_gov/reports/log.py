"""Reading aids for a journal: the data of its events by type, and when they happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rollback_gov.model.event import Event
from rollback_gov.reports.fact import Fact, Measured, NotMeasured, Seconds

Data = Mapping[str, Any]
NOT_ENDED = "the run has not ended"
OF_EACH_REGION = "each region has its own"


class Log:
    """A journal, whole or cut. What is not in it is an empty mapping, so that every prefix can be read."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = tuple(events)
        self._of_type: dict[str, list[Event]] = {}
        for event in self.events:
            self._of_type.setdefault(event.type, []).append(event)

    def all(self, *types: str) -> Iterator[Event]:
        """Give the events of these types, in order."""
        if len(types) == 1:
            return iter(self._of_type.get(types[0], ()))
        return (event for event in self.events if event.type in types)

    def data(self, type_: str) -> tuple[Data, ...]:
        """Give the data of every event of a type."""
        return tuple(event.data for event in self.all(type_))

    def last(self, type_: str) -> Data:
        """Give the data of the last event of a type; empty where there is none."""
        found = self._of_type.get(type_)
        return found[-1].data if found else {}

    def time(self, type_: str, otherwise: str) -> Fact[str]:
        """When the first event of a type happened (UTC), or why that is not known."""
        at = next((event.at for event in self.all(type_)), "")
        return Measured(at, f"journal, {type_}") if at else NotMeasured(otherwise)

    def when(self, event: Event) -> Fact[str]:
        """When an event happened (UTC)."""
        return Measured(event.at, f"journal, {event.type}")

    @property
    def started(self) -> Data:
        """The data of ``run.started``; empty where the run never began."""
        return self.last("run.started")

    @property
    def is_regional(self) -> bool:
        """The run coordinates several regions, each of which has a journal of its own."""
        return bool(self.started.get("regions"))

    def missing(self, why: str) -> NotMeasured:
        """Say why this journal does not hold something; of several regions, each has it in a journal of its own."""
        return NotMeasured(OF_EACH_REGION if self.is_regional else why)

    @property
    def finished(self) -> Data:
        """The data of ``run.finished``; empty while the run has not ended."""
        return self.last("run.finished")


def moment(text: str) -> datetime | NotMeasured:
    """Read a UTC time that somebody else wrote; text that is no time is not measured."""
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return NotMeasured(f"'{text}' is not a time" if text else "nobody said")


def between(earlier: str, later: str) -> Seconds | NotMeasured:
    """Give the seconds between two times. Clocks that disagree have measured nothing."""
    first, second = moment(earlier), moment(later)
    if isinstance(first, NotMeasured):
        return first
    if isinstance(second, NotMeasured):
        return second
    seconds = (second - first).total_seconds()
    return Seconds(seconds) if seconds >= 0 else NotMeasured("the clocks disagree: it would have ended before it began")
