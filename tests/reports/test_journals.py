"""The stories are what runs write: the real journal takes them line by line, and they have its events."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rollback_gov.execution.journal import FILE, Journal, read_journal
from tests.conftest import ROOT
from tests.reports.journals import STORIES


class Hands:
    """A clock that a test sets."""

    boot = ""

    def __init__(self) -> None:
        self.wall, self.steady = datetime(2026, 1, 31, tzinfo=UTC), 0.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def uptime(self) -> float:
        return self.steady

    def sleep(self, seconds: float) -> None:
        self.steady += seconds


def contract() -> dict[str, set[str]]:
    """Event type -> keys of its data, out of the page that describes the journal."""
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.*) \|$", (ROOT / "docs" / "journal.md").read_text("utf-8"), re.M)
    return {type_: set(re.findall(r"`([a-z0-9_]+)`", re.sub(r"\([^()]*\)", "", text))) for type_, text in rows}


@pytest.mark.parametrize("name", STORIES)
def test_the_real_journal_writes_a_story_byte_by_byte_as_it_stands(name: str, tmp_path: Path) -> None:
    story, clock = STORIES[name](), Hands()
    told = story.write(tmp_path / "told") / FILE
    assert read_journal(told) == story.events
    (tmp_path / "real").mkdir()
    journal = Journal(tmp_path / "real", clock)
    for event in story.events:
        clock.wall, clock.steady = datetime.fromisoformat(event.at), event.monotonic
        journal.append(event.type, event.data)
    journal.close()
    real = read_journal(tmp_path / "real" / FILE)
    assert [(event.at, event.type, event.data) for event in real] == [
        (event.at, event.type, event.data) for event in story.events
    ]


@pytest.mark.parametrize("name", STORIES)
def test_a_story_has_the_events_that_the_journal_is_described_with(name: str) -> None:
    known = contract()
    assert len(known) > 25
    for event in STORIES[name]().events:
        assert event.type in known
        missing = known[event.type] - set(event.data)
        assert not missing, (event.type, missing)
