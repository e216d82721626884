"""The journal: append-only JSON lines. ``chain.py`` links them, a store keeps them. See ``docs/journal.md``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from rollback_gov.execution.chain import FIRST, digest, line_of, parse_lines, read_bytes, whole_lines
from rollback_gov.execution.clock import Clock, stamp
from rollback_gov.execution.store import FILE, FileStore, JournalError, Store, lock
from rollback_gov.model.event import Event

__all__ = ["FILE", "FIRST", "Journal", "JournalError", "lock", "read_journal"]

_NAMES = """
run operation mode environment environment_class plan_file digests varying scenario options from path decided_at
tool_version git_commit check code event id result file sha256 passed phase alternative step action deadline
script_sha256 stdout stderr recovered how outcome decision executable severity scope on signal open moment trigger
permit commit head audit template plan_sha256 subject restarted_at boot
"""
NAMES = frozenset(_NAMES.split())
"""Keys under which only names of the plan, digests, times and words of ours stand. They are never masked: a secret that
is spelled like a step (``database``) would make the run forget that the step has ended."""


def read_journal(path: Path) -> tuple[Event, ...]:
    """Read a journal; a torn last line is left out, because nothing acted on it.

    Raises JournalError for a line in the middle that is not what the chain says.
    """
    try:
        raw = read_bytes(path)
    except OSError as error:
        raise JournalError(f"Cannot read the journal {path}: {error.strerror}.") from error
    return parse_lines(whole_lines(raw), str(path))


class Journal:
    """One run's journal, open for appending by this process alone.

    ``store`` is where its lines live, a file in ``folder`` unless given. ``listeners`` hear of each event after it was
    kept, in the thread that wrote it; they may append.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        mask: Callable[[Any], Any] = lambda value: value,
        store: Store | None = None,
        listeners: Sequence[Callable[[Event], None]] = (),
    ) -> None:
        self.path = folder / FILE
        self.clock = clock
        self.mask = mask
        self.listeners = list(listeners)
        self.fence: Callable[[], None] = lambda: None
        """Raises when what this run does is another's to do by now; asked with ``confirm``."""
        self._appending = Lock()
        self._store = store or FileStore(folder, clock)
        try:
            lines = self._store.read()
            self.events = list(parse_lines(lines, self._store.name))
        except BaseException:
            self._store.close()
            raise
        self._previous = digest(lines[:-1].rpartition(b"\n")[2]) if lines else FIRST

    def append(self, type_: str, data: Mapping[str, Any] | None = None) -> Event:
        """Write one event and sync it. When this returns, it has happened.

        Raises JournalError when the store takes no more; what was there before stays whole.
        """
        with self._appending:
            event = Event(
                seq=len(self.events) + 1,
                at=stamp(self.clock.now()),
                monotonic=round(self.clock.monotonic(), 6),
                type=type_,
                data=self._masked(dict(data or {})),
                previous=self._previous,
            )
            line = line_of(event)
            self._store.append(line + b"\n", seq=event.seq)
            self._previous = digest(line)
            self.events.append(event)
        for listener in self.listeners:
            listener(event)
        return event

    def confirm(self) -> None:
        """See that nobody else writes this journal now, before something begins that cannot be taken back.

        Raises JournalError when somebody has taken it over, as may happen to a process that was frozen.
        """
        self._store.confirm()
        self.fence()

    def lines(self) -> bytes:
        """Give every line so far, byte by byte as it is kept."""
        with self._appending:
            return self._store.read()

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def _masked(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: entry if key in NAMES else self._masked(entry) for key, entry in value.items()}
        if isinstance(value, list | tuple):
            return [self._masked(entry) for entry in value]
        return self.mask(value)
