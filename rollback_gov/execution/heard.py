"""A journal that others hear of while it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from rollback_gov.execution.clock import Clock
from rollback_gov.execution.journal import Journal
from rollback_gov.model.event import Event

Hear = Callable[[Event], None]


class HeardJournal(Journal):
    """Tells listeners of every event, also of those that were there before. Whoever looks on never hurts the run."""

    def __init__(self, folder: Path, clock: Clock, *, mask: Callable[[Any], Any], listeners: tuple[Hear, ...]) -> None:
        super().__init__(folder, clock, mask=mask)
        self._listeners = listeners
        for event in self.events:
            self._tell(event)

    def append(self, type_: str, data: Mapping[str, Any] | None = None) -> Event:
        """Write one event, sync it, and tell of it. Raises JournalError like any journal."""
        event = super().append(type_, data)
        self._tell(event)
        return event

    def _tell(self, event: Event) -> None:
        for hear in self._listeners:
            with suppress(Exception):
                hear(event)
