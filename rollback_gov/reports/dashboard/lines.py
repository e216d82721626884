"""The lines of a run's journals on the page: each once, in its order, and a mark of how far a page has come."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rollback_gov.model.event import Event
from rollback_gov.model.record import Record
from rollback_gov.reports.dashboard.met import Met, meet
from rollback_gov.reports.listing import told, worded

_MARK = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,999}")
_NOTHING = Met()


class Line(Record):
    """One line of a journal. ``region`` is empty for the run's own; ``mark`` says how far a page has come with it."""

    mark: str
    region: str
    number: int
    at: str
    type: str
    text: str
    tone: str
    """``bad``, ``wait``, ``good`` or empty."""

    @property
    def key(self) -> str:
        """What no other line of the run has."""
        return f"{self.region}:{self.number}"


def mark_of(counts: Sequence[int]) -> str:
    """Write how many lines of the run, and of each of its regions in their order, a page has."""
    return ".".join(str(count) for count in counts)


def counts_of(mark: str) -> tuple[int, ...]:
    """Read what ``mark_of`` wrote; nothing was seen where it is anything else."""
    return tuple(int(part) for part in mark.split(".")) if _MARK.fullmatch(mark) else ()


def lines_after(journals: Mapping[str, Sequence[Event]], seen: Sequence[int]) -> tuple[Line, ...]:
    """Give the lines that a page has not, in the order in which they were written.

    ``journals`` has the run's own under the empty name first, then its regions in their order.
    """
    have = {region: seen[place] if place < len(seen) else 0 for place, region in enumerate(journals)}
    news = [(at, region, event) for region, events in journals.items() for at, event in _timed(events[have[region] :])]
    lines = []
    for _, region, event in sorted(news, key=lambda new: new[0]):
        have[region] = event.seq
        lines.append(_line(event, region, mark_of(tuple(have.values()))))
    return tuple(lines)


def _timed(events: Sequence[Event]) -> Iterator[tuple[str, Event]]:
    """Give each with the latest time so far: a clock that went back moves no line before another of its journal."""
    latest = ""
    for event in events:
        latest = max(latest, event.at)
        yield latest, event


def _line(event: Event, region: str, mark: str) -> Line:
    return Line(
        mark=mark, region=region, number=event.seq, at=event.at, type=event.type, text=_text(event), tone=_tone(event)
    )


def _text(event: Event) -> str:
    if event.type != "step.intent":
        return worded(event) or f"{event.type.replace('.', ' ').replace('_', ' ')}: {told(event)}"
    again = f", attempt {event.data['attempt']}" if event.data["attempt"] > 1 else ""
    return f"step: {event.data['title']} ({event.data['step']}) begins{again}"


def _tone(event: Event) -> str:
    if event.type in ("gate.waiting", "manual.waiting"):
        return "wait"
    if (
        event.type in ("run.verified", "phase.finished", "run.finished")
        and event.data.get("result", "passed") == "passed"
    ):
        return "good"
    if event.type in ("run.finished", "phase.finished"):
        return "bad"
    mishaps = meet(_NOTHING, event).mishaps
    return "" if not mishaps else "bad" if mishaps[0].grave else "wait"
