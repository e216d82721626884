"""Following the journals of a run as they grow. Each line is read once, and its chain is checked as it comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rollback_gov.commands.runs import REGIONS
from rollback_gov.execution.chain import FIRST, digest, parse_lines, read_bytes
from rollback_gov.execution.glance import DAMAGED, Glance, standing
from rollback_gov.execution.journal import FILE, JournalError
from rollback_gov.execution.progress import Progress
from rollback_gov.execution.progression import take
from rollback_gov.model.event import Event
from rollback_gov.reports.dashboard.met import Met, meet
from rollback_gov.reports.dashboard.watched import Seen, Watched


class Tail:
    """One journal, from its first line on. ``events`` are those that came so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events: list[Event] = []
        self._path = folder / FILE
        self._read = 0
        self._previous = FIRST
        self._progress = Progress()
        self._met = Met()
        self._problem = ""

    def look(self) -> None:
        """Take the whole lines that were written since. A journal that cannot be read just now has no news."""
        if self._problem:
            return
        try:
            raw = read_bytes(self._path, self._read)
        except OSError:
            return
        lines = raw[: raw.rfind(b"\n") + 1]
        try:
            if lines:
                self._take(lines)
        except JournalError as error:
            self._problem = str(error)
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            self._problem = f"{self._path}: an event does not say what its type promises ({error})."

    @property
    def seen(self) -> Seen:
        """How the run stands now, and what it has met."""
        if self._problem:
            return Seen(
                Glance(folder=self.folder, state=DAMAGED, progress=self._progress, problem=self._problem), self._met
            )
        return Seen(standing(self.folder, self._progress), self._met)

    def _take(self, lines: bytes) -> None:
        for event in parse_lines(lines, str(self._path), known=len(self.events), previous=self._previous):
            self._progress, self._met = take(self._progress, event), meet(self._met, event)
            self.events.append(event)
        self._previous = digest(lines[:-1].rpartition(b"\n")[2])
        self._read += len(lines)


class Following:
    """A run and its regions. Nobody else may use the same one at the same time."""

    def __init__(self, folder: Path) -> None:
        self._run = Tail(folder)
        self._regions: dict[str, Tail] = {}

    def look(self) -> Watched:
        """Read what is new and give how the run stands."""
        self._run.look()
        if not self._regions:
            self._regions = {name: Tail(self._run.folder / REGIONS / name) for name in _regions(self._run.events)}
        for tail in self._regions.values():
            tail.look()
        regions = {name: tail.seen for name, tail in self._regions.items() if tail.events}
        return Watched(run=self._run.seen, regions=regions)

    @property
    def journals(self) -> Mapping[str, list[Event]]:
        """The lines so far: the run's own under the empty name first, then those of its regions in their order."""
        return {"": self._run.events, **{name: tail.events for name, tail in self._regions.items()}}


def _regions(events: Sequence[Event]) -> Iterator[str]:
    """Give the regions of a run; a name that would lead out of its folder is none of them."""
    started = next((event.data for event in events if event.type == "run.started"), {})
    for item in started.get("regions", ()):
        if Path(item["region"]).name == item["region"] != "..":
            yield item["region"]
