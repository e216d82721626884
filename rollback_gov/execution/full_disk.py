"""A full disk never ends a rollback: a person is asked, or the journal goes on beside the disk."""

from __future__ import annotations

from contextlib import suppress
from typing import TextIO

from rollback_gov.execution.console import Console
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.stop import Stop
from rollback_gov.execution.store import FileStore, Unwritable
from rollback_gov.model.event import Event

PREFIX = "rollback-gov journal: "
"""Before each line of the journal on standard error, so that they can be collected from a log."""
FULL, WHOLE = "journal.full", "journal.whole"
_ANSWERS = {"again": "again", "a": "again", "go on": "go on", "g": "go on", "stop": "stop", "s": "stop"}


class EnduringStore:
    """A file that takes every line: what the disk does not take waits in memory and is tried again with the next."""

    def __init__(self, store: FileStore) -> None:
        self.name = store.name
        self.waiting: list[tuple[int, bytes]] = []
        """Lines that are not on the disk, with their numbers."""
        self.shortage = ""
        """Why lines wait, or soon will; empty while there is room."""
        self._store = store

    def read(self) -> bytes:
        """Give every line, also those that wait."""
        return self._store.read() + b"".join(line for _, line in self.waiting)

    def append(self, line: bytes, *, seq: int) -> None:
        """Keep one more line, on the disk if it takes it."""
        self.waiting.append((seq, line))
        self.flush()

    def confirm(self) -> None:
        """It is ours, like the file."""
        self._store.confirm()

    def flush(self) -> None:
        """Try to write what waits."""
        try:
            while self.waiting:
                seq, line = self.waiting[0]
                self._store.append(line, seq=seq)
                del self.waiting[0]
        except Unwritable as error:
            self.shortage = str(error)
        else:
            self.shortage = f"The disk of {self.name} is nearly full." if self._store.is_nearly_full else ""

    def close(self) -> None:
        """Try once more, and let go of the file."""
        self.flush()
        self._store.close()


class FullDisk:
    """Listens to a journal: says once that its disk is full, asks what to do, and shows lines that are nowhere else."""

    def __init__(self, store: EnduringStore, journal: Journal, *, console: Console, stop: Stop, aside: TextIO) -> None:
        self._store = store
        self._journal = journal
        self._console = console
        self._stop = stop
        self._aside = aside
        self._noted = False
        self._shown = 0

    def __call__(self, event: Event) -> None:
        """Look after each event. What is written here comes back here, and says nothing new."""
        if self._store.shortage and not self._noted:
            self._begin()
        elif self._noted and not self._store.shortage:
            self._noted = False
            self._console.say("  there is room for the journal again; nothing of it is missing")
            self._journal.append(WHOLE)
        if self._noted:
            self._show()

    def _begin(self) -> None:
        shortage, answer = self._store.shortage, self._ask()
        if answer == "again":
            return
        self._noted = True
        self._console.say(f"  WARNING: {shortage} The rollback goes on; lines without room go to standard error.")
        if answer == "stop":
            self._stop.signal = "a full disk"
        self._journal.append(FULL, {"detail": shortage})

    def _ask(self) -> str:
        """Ask until there is room (``again``), or a person says to go on without, or to stop."""
        question = f"{self._store.shortage} Make room, then 'again'; or 'go on' without a journal on disk; or 'stop'."
        while self._console.interactive and not self._stop.requested:
            answer = _ANSWERS.get((self._console.ask(question, 0.2) or "").strip().lower(), "")
            if answer == "again":
                self._store.flush()
            if not self._store.shortage or answer in ("go on", "stop"):
                return answer
        return "go on"

    def _show(self) -> None:
        """Print each line that waits once. A standard error that is closed changes nothing."""
        with suppress(OSError, ValueError):
            for seq, line in self._store.waiting:
                if seq > self._shown:
                    self._aside.write(PREFIX + line.decode("utf-8", "replace"))
                    self._shown = seq
            self._aside.flush()
