"""Whoever looks on at a journal while it is written never hurts the run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from rollback_gov.execution.journal import Journal
from rollback_gov.model.event import Event

Hear = Callable[[Event], None]


def listen(journal: Journal, *listeners: Hear) -> None:
    """Tell listeners of every event, also of those that are there already. What they cannot take is their own harm."""
    for hear in map(_harmless, listeners):
        for event in journal.events:
            hear(event)
        journal.listeners.append(hear)


def listen_from_now(journal: Journal, hear: Hear) -> None:
    """Tell a listener of every event to come. What it cannot take is its own harm."""
    journal.listeners.append(_harmless(hear))


def _harmless(listener: Hear) -> Hear:
    def hear(event: Event) -> None:
        with suppress(Exception):
            listener(event)

    return hear
