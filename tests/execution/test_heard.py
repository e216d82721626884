"""A journal that others hear of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.heard import Hear, listen
from rollback_gov.execution.journal import Journal
from rollback_gov.model.event import Event


def opened(folder: Path, *listeners: Hear) -> Journal:
    journal = Journal(folder, SystemClock())
    listen(journal, *listeners)
    return journal


def test_every_event_is_heard_also_those_from_before(tmp_path: Path) -> None:
    heard: list[Event] = []
    for number in (1, 2):
        journal = opened(tmp_path, heard.append)
        assert journal.append("warning", {"message": str(number)}) == journal.events[-1]
        journal.close()
    assert [event.data["message"] for event in heard] == ["1", "1", "2"]


def test_whoever_cannot_take_it_hurts_nobody(tmp_path: Path) -> None:
    heard: list[Event] = []

    def broken(_event: Event) -> Any:
        raise RuntimeError("no")

    journal = opened(tmp_path, broken, heard.append)
    journal.append("warning", {"message": "x"})
    journal.close()
    assert len(heard) == len(journal.events) == 1
