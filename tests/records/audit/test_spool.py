"""The spool: what is decided waits there, and gets into the log exactly once, whatever dies in between."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.records.audit.chain import entries
from rollback_gov.records.audit.entry import Entry, Head
from rollback_gov.records.audit.log import FileLog, LogError
from rollback_gov.records.audit.spool import Sent, Spool
from rollback_gov.records.canonical import canonical_json
from tests.records.audit.logs import entry


class Unreliable(FileLog):
    """A log that can fail before, or after it has written: whoever waits for the answer cannot tell which."""

    def __init__(self, folder: Path, failures: Iterator[str]) -> None:
        super().__init__(folder)
        self.failures = failures

    def append(self, entries: Sequence[Entry]) -> Head:
        failure = next(self.failures, "")
        if failure == "before":
            raise LogError("no network")
        head = super().append(entries)
        if failure == "after":
            raise LogError("the connection was lost")
        return head


def ids(log: FileLog) -> list[str]:
    return [one.id for one, _ in entries(log.blocks(), log.name)]


def test_what_waits_is_sent_in_its_order_and_waits_no_more(tmp_path: Path) -> None:
    spool, log = Spool(tmp_path / "spool"), FileLog(tmp_path)
    assert spool.send(log) == Sent()
    spool.add(entry(2))
    spool.add(entry(1))
    assert len(spool.waiting()) == 2
    assert spool.send(log) == Sent(2, log.head())
    assert [int(one) for one in ids(log)] == [2, 1]
    assert spool.waiting() == []
    assert spool.send(log) == Sent()


def test_what_cannot_be_sent_waits_on(tmp_path: Path) -> None:
    spool, log = Spool(tmp_path / "spool"), Unreliable(tmp_path, iter(["before"]))
    spool.add(entry(1))
    with pytest.raises(LogError, match="no network"):
        spool.send(log)
    assert spool.send(log).entries == 1


@pytest.mark.parametrize("text", ["{}", '{"at":5}', '"at":"yesterday"', '"data":{"seconds":NaN}', '"by":"\\ud800"'])
def test_a_file_that_is_no_entry_stays_and_is_named(tmp_path: Path, text: str) -> None:
    spool, log = Spool(tmp_path / "spool"), FileLog(tmp_path)
    spool.add(entry(1))
    damaged = spool.folder / "20261130-x.json"
    whole = canonical_json(entry(2).document).decode()
    key = text.partition(":")[0]
    damaged.write_text(text if text.startswith("{") else re.sub(f'{key}:("[^"]*"|{{}})', lambda _: text, whole))
    assert spool.send(log) == Sent(1, log.head(), (damaged,))
    assert spool.waiting() == [damaged]


def test_an_entry_that_cannot_be_kept_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file")
    with pytest.raises(OSError, match="spool"):
        Spool(tmp_path / "spool").add(entry(1))


@given(st.lists(st.sampled_from(["", "before", "after"]), max_size=6), st.integers(1, 4))
def test_each_entry_gets_into_the_log_once(
    tmp_path_factory: pytest.TempPathFactory, failures: list[str], count: int
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    spool, log = Spool(folder / "spool"), Unreliable(folder, iter(failures))
    for number in range(count):
        spool.add(entry(number))
    for number in range(count, count + 20):
        try:
            spool.send(log)
        except LogError:
            spool.add(entry(number))
    assert spool.waiting() == []
    assert sorted(ids(log)) == sorted(set(ids(log)))
    assert len(ids(log)) == count + sum(1 for failure in failures if failure) - _unused(log)
    assert [path.name for path in spool.folder.iterdir()] == ["lock"]


def _unused(log: Unreliable) -> int:
    """Failures that nobody met."""
    return sum(1 for failure in log.failures if failure)
