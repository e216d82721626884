from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.execution.chain import is_chained, parse_lines, read_bytes
from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.journal import FILE, Journal, JournalError, read_journal
from tests.reports.golden_runs import GOLDEN, RUNS
from tests.reports.journals import passed
from tests.thoroughness import examples

RAW = (GOLDEN / "resumed" / FILE).read_bytes()


@pytest.mark.parametrize("run", RUNS)
def test_real_journals_are_chained(run: str) -> None:
    assert is_chained((GOLDEN / run / FILE).read_bytes())


def test_one_that_was_just_written_and_one_without_digests(tmp_path: Path) -> None:
    journal = Journal(tmp_path, SystemClock())
    for number in range(3):
        journal.append("warning", {"message": f"ünd {number}"})
    lines = journal.lines()
    journal.close()
    assert is_chained(lines)
    assert is_chained(b"".join(line + b"\n" for line in passed().lines))
    assert is_chained(b"")


@settings(max_examples=examples(300))
@given(place=st.integers(0, len(RAW) - 1), byte=st.integers(0, 255))
def test_what_is_called_chained_can_be_read(place: int, byte: int) -> None:
    changed = RAW[:place] + bytes([byte]) + RAW[place + 1 :]
    if is_chained(changed) and changed.endswith(b"\n"):
        assert parse_lines(changed, "journal") == parse_lines(RAW, "journal")


@pytest.mark.parametrize("place", range(len(RAW) - 90, len(RAW) - 1))
def test_no_byte_of_the_last_line_changes_unseen(place: int) -> None:
    """No line after it holds its digest."""
    changed = RAW[:place] + bytes([RAW[place] ^ 1]) + RAW[place + 1 :]
    assert not is_chained(changed)


@pytest.mark.parametrize("number", range(RAW.count(b"\n") - 1))
def test_a_line_that_is_missing_doubled_or_moved_breaks_it(number: int) -> None:
    lines = RAW.splitlines(keepends=True)
    for changed in (
        lines[:number] + lines[number + 1 :],
        lines[:number] + lines[number : number + 1] + lines[number:],
        [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]],
    ):
        assert not is_chained(b"".join(changed))
        with pytest.raises(JournalError):
            parse_lines(b"".join(changed), "journal")


def test_a_pipe_in_the_place_of_a_journal_is_no_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE)
    with pytest.raises(OSError, match="it is a pipe and no file"):
        read_bytes(tmp_path / FILE)
    with pytest.raises(JournalError, match=r"Cannot read the journal .*: it is a pipe and no file\."):
        read_journal(tmp_path / FILE)


def test_a_file_is_read_from_a_place_on(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"0123456789")
    assert (read_bytes(tmp_path / "x"), read_bytes(tmp_path / "x", 7), read_bytes(tmp_path / "x", 99)) == (
        b"0123456789",
        b"789",
        b"",
    )
    with pytest.raises(IsADirectoryError):
        read_bytes(tmp_path)
