"""Following a journal, and what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.commands.look import Source, follow
from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.journal import FILE, Journal, JournalError


def source(folder: Path) -> Source:
    return Source(run=str(folder), incidents=folder, mirror="", environ={})


def test_each_event_is_given_once_and_the_last_one_too(tmp_path: Path) -> None:
    journal = Journal(tmp_path, SystemClock())
    journal.append("one")
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            journal.append("two")
            journal.append("three")
            journal.close()

    seen = [(event.type, line) for event, line in follow(source(tmp_path), sleep)]
    assert [type_ for type_, _ in seen] == ["one", "two", "three"]
    assert b"".join(line for _, line in seen) == (tmp_path / FILE).read_bytes()
    assert len(slept) == 2


def test_a_journal_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / FILE).touch()

    def refuse(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("rollback_gov.commands.look.read_bytes", refuse)
    with pytest.raises(JournalError, match=r"Cannot read the journal .*: Permission denied"):
        source(tmp_path).read()
