"""Ships a journal to its mirror beside the run: never in its way, and again until it is there."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread
from time import monotonic, sleep

from rollback_gov.execution.chain import parse_lines, whole_lines
from rollback_gov.execution.mirror.interface import Diverged, Mirror, MirrorError
from rollback_gov.execution.store import JournalError
from rollback_gov.model.event import Event

FLUSH_SECONDS = 3.0
"""How long the end of a run waits for the mirror."""
LONGEST_PAUSE = 15.0
BATCH = 1024 * 1024
"""Bytes that are sent at once, unless one line is longer."""


class Shipper:
    """A thread that makes the mirror hold what the journal holds. The journal itself is the queue.

    ``lines`` gives the journal so far; ``said`` gets a sentence when the mirror fails and when it is back, in the
    thread that writes the journal.
    """

    def __init__(self, mirror: Mirror, lines: Callable[[], bytes], said: Callable[[str], None]) -> None:
        self.mirror = mirror
        self.held = 0
        """Bytes of the journal that the mirror has."""
        self.diverged: Diverged | None = None
        self.takeover: Event | None = None
        """The ``run.resumed`` of somebody else who went on from the mirror."""
        self._lines = lines
        self._said = said
        self._notices: SimpleQueue[str] = SimpleQueue()
        self._work, self._closing = Flag(), Flag()
        self._compared = False
        self._failing = False
        self._thread = Thread(target=self._run, name="journal-mirror", daemon=True)
        self._thread.start()

    def __call__(self, event: Event) -> None:
        """Hear that the journal has one more line."""
        self._work.set()
        self._say_notices()

    @property
    def missing(self) -> int:
        """Lines of the journal that the mirror does not have, as far as is known."""
        return self._lines().count(b"\n", self.held)

    def flush(self, seconds: float = FLUSH_SECONDS) -> bool:
        """Wait until the mirror has everything, at most that long. True if it has."""
        deadline = monotonic() + seconds
        self._work.set()
        while self.missing and self.diverged is None and monotonic() < deadline:
            sleep(0.01)
        self._say_notices()
        return not self.missing

    def close(self, seconds: float = FLUSH_SECONDS) -> bool:
        """Send what is left, for at most ``seconds``, and end. True if the mirror has everything."""
        self._closing.set()
        self._work.set()
        self._thread.join(seconds)
        self._say_notices()
        return not self.missing

    def _say_notices(self) -> None:
        while not self._notices.empty():
            self._said(self._notices.get())

    def _run(self) -> None:
        pause = 0.0
        while self.diverged is None:
            self._work.wait()
            self._work.clear()
            closing = self._closing.is_set()
            if not closing:
                self._closing.wait(max(self.mirror.linger, pause))
            try:
                self._ship()
                pause = 0.0
                self._recovered()
            except MirrorError as error:
                pause = min(max(pause * 2, 0.5), LONGEST_PAUSE)
                self._failed(error)
            except Exception as error:  # whatever it is, the run goes on
                pause = LONGEST_PAUSE
                self._failed(MirrorError(f"{self.mirror.name}: {type(error).__name__}: {error}"))
            if closing:
                break
        self.mirror.close()

    def _ship(self) -> None:
        """Send everything, a batch at a time."""
        journal = self._lines()
        if not self._compared and journal:
            self._compare(journal)
        while self.held < len(journal):
            batch = journal[: _end_of_batch(journal, self.held)]
            self.mirror.write(batch, held=self.held)
            self.held = len(batch)

    def _compare(self, journal: bytes) -> None:
        """See how much the mirror has of a journal that was begun by another process."""
        there = self.mirror.read()
        if not journal.startswith(there):
            raise Diverged(f"{self.mirror.name} has other lines of this run already.")
        self.held, self._compared = len(there), True

    def _failed(self, error: MirrorError) -> None:
        self._work.set()
        if isinstance(error, Diverged):
            self.takeover = self._find_takeover()
            self._notices.put(f"{error} Nothing more is sent to it.")
            self.diverged = error
        elif not self._failing:
            self._notices.put(f"the journal mirror does not take lines: {error} The run goes on; it is tried again.")
        self._failing = True

    def _find_takeover(self) -> Event | None:
        try:
            theirs = parse_lines(whole_lines(self.mirror.read()), self.mirror.name)
            ours = parse_lines(self._lines(), "the journal")
        except (MirrorError, JournalError):
            return None
        new = [event for event in theirs if event not in ours]
        return next((event for event in new if event.type == "run.resumed" and len(new) < len(theirs)), None)

    def _recovered(self) -> None:
        if self._failing:
            self._notices.put(f"the journal mirror {self.mirror.name} takes lines again")
        self._failing = False


def _end_of_batch(journal: bytes, start: int) -> int:
    if len(journal) - start <= BATCH:
        return len(journal)
    end = journal.rfind(b"\n", start, start + BATCH)
    return end + 1 if end >= 0 else journal.index(b"\n", start) + 1
