"""The decision log on disk."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.triggers.line import Line, LogError, read_lines
from rollback_gov.triggers.log import DecisionLog, observation_data, open_log, read_observation
from rollback_gov.triggers.parts import parts_of


def texts(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_lines_are_appended_and_chained(tmp_path: Path) -> None:
    heard: list[Line] = []
    log = DecisionLog(tmp_path / "decision.jsonl", heard=heard.append)
    log.append("started", {}, at=1.0)
    log.append("tick", {"a": 1}, at=2.0)
    log.close()
    lines = list(read_lines(texts(tmp_path / "decision.jsonl")))
    assert [(line.seq, line.type) for line in lines] == [(1, "started"), (2, "tick")]
    assert [line.text for line in heard] == texts(tmp_path / "decision.jsonl")


def test_a_log_goes_on_where_it_ended(tmp_path: Path) -> None:
    for _ in range(3):
        log = DecisionLog(tmp_path / "decision.jsonl")
        log.append("tick", {}, at=1.0)
        log.close()
    assert len(list(read_lines(texts(tmp_path / "decision.jsonl")))) == 3


@pytest.mark.parametrize("torn", [b"{", b'{"seq":2,"at":"20', b"\xff\xfe"])
def test_a_last_line_that_was_torn_is_cut(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "decision.jsonl"
    log = DecisionLog(path)
    log.append("started", {}, at=1.0)
    log.close()
    with path.open("ab") as file:
        file.write(torn)
    again = DecisionLog(path)
    again.append("tick", {}, at=2.0)
    again.close()
    assert [line.type for line in read_lines(texts(path))] == ["started", "tick"]


def test_what_was_done_and_told_between_ticks_hides_no_tick_from_who_comes_after(tmp_path: Path) -> None:
    path = tmp_path / "decision.jsonl"
    log = DecisionLog(path)
    kinds = ("tick", "started", "tick", "gates", "acted", "tick", "notify.sent", "tick")
    for at, kind in enumerate(kinds, 1):
        log.append(kind, {}, at=float(at))
    log.close()
    again = DecisionLog(path)
    again.close()
    assert [line.at for line in again.ticks_after(0.0)] == [3.0, 6.0, 8.0]
    once_more = DecisionLog(path)
    once_more.close()
    assert [line.at for line in once_more.ticks_after(3.0)] == [6.0, 8.0]


def test_while_one_watcher_writes_another_takes_a_file_of_its_own(tmp_path: Path) -> None:
    first, state = open_log(tmp_path / "watch")
    second, other = open_log(tmp_path / "watch")
    assert (first.path.name, state.name) == ("decision.jsonl", "state.json")
    assert (second.path.name, other.name) == ("decision-2.jsonl", "state-2.json")
    first.close()
    third, _ = open_log(tmp_path / "watch")
    assert third.path.name == "decision.jsonl"
    second.close()
    third.close()


def test_there_is_an_end_to_watchers(tmp_path: Path) -> None:
    logs = [open_log(tmp_path)[0] for _ in range(16)]
    with pytest.raises(LogError, match="16 watchers already watch"):
        open_log(tmp_path)
    for log in logs:
        log.close()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "incidents").write_text("a file")
    with pytest.raises(LogError, match="cannot be written"):
        open_log(tmp_path / "incidents" / "watch")


def test_a_disk_that_is_full_leaves_no_half_line(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk; the write is cut short at it."""
    code = f"""
import resource, signal
from pathlib import Path
from rollback_gov.triggers.log import DecisionLog
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log = DecisionLog(Path({str(tmp_path / "decision.jsonl")!r}))
log.append("started", {{}}, at=1.0)
resource.setrlimit(resource.RLIMIT_FSIZE, (400, resource.RLIM_INFINITY))
try:
    log.append("tick", {{"text": "x" * 1000}}, at=2.0)
except OSError as error:
    print(error.strerror)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.append("tick", {{}}, at=3.0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == os.strerror(errno.ENOSPC)
    assert [line.seq for line in read_lines(texts(tmp_path / "decision.jsonl"))] == [1, 2]


class TestParts:
    """A log that grows goes on in another file."""

    def log(self, folder: Path, most: int = 300) -> DecisionLog:
        return open_log(folder, most=most)[0]

    def write(self, log: DecisionLog, count: int) -> None:
        for _ in range(count):
            log.append("tick", {}, at=1.0)
            if log.is_full:
                log.go_on()

    def lines(self, folder: Path) -> list[str]:
        return [line for part in parts_of(folder / "decision.jsonl") for line in texts(part)]

    def test_the_chain_goes_through_all_parts_and_restarts(self, tmp_path: Path) -> None:
        for count in (1, 2, 20, 7):
            log = self.log(tmp_path)
            self.write(log, count)
            log.close()
        assert [line.seq for line in read_lines(self.lines(tmp_path))] == list(range(1, 31))
        names = [part.name for part in parts_of(tmp_path / "decision.jsonl")]
        assert names == ["decision.jsonl", *(f"decision.{number}.jsonl" for number in range(2, len(names) + 1))]
        assert len(names) > 9, "two digits follow one"

    def test_a_part_that_was_begun_and_never_written_follows_too(self, tmp_path: Path) -> None:
        log = self.log(tmp_path)
        log.append("tick", {}, at=1.0)
        log.go_on()
        log.go_on()
        log.close()
        log = self.log(tmp_path)
        log.append("tick", {}, at=2.0)
        log.close()
        assert [line.seq for line in read_lines(self.lines(tmp_path))] == [1, 2]
        assert texts(tmp_path / "decision.jsonl") != self.lines(tmp_path)

    def test_old_parts_may_be_removed_and_the_log_stays_one_watchers(self, tmp_path: Path) -> None:
        log = self.log(tmp_path)
        self.write(log, 12)
        for part in parts_of(tmp_path / "decision.jsonl")[:-2]:
            part.unlink()
        other = self.log(tmp_path)
        assert other.path.name == "decision-2.jsonl"
        log.close()
        again = self.log(tmp_path)
        assert again.path.name == "decision.jsonl"
        again.append("tick", {}, at=2.0)
        left = list(read_lines(self.lines(tmp_path), partly=True))
        assert left[0].seq > 1
        assert left[-1].seq == 13
        with pytest.raises(LogError, match=r"Line 1 .* does not follow"):
            list(read_lines(self.lines(tmp_path)))
        again.close()
        other.close()

    def test_only_the_newest_part_is_read_at_the_start(self, tmp_path: Path) -> None:
        log = self.log(tmp_path)
        self.write(log, 2)
        log.close()
        (tmp_path / "decision.2.jsonl").write_bytes((tmp_path / "decision.jsonl").read_bytes())
        (tmp_path / "decision.jsonl").write_bytes(b"\xff" * 1000)
        again = self.log(tmp_path)
        assert again.append("tick", {}, at=2.0).seq == 3
        again.close()

    def test_where_no_file_can_be_made_the_part_stays(self, tmp_path: Path) -> None:
        log = self.log(tmp_path)
        (tmp_path / "decision.2.jsonl").mkdir()
        with pytest.raises(OSError, match="directory"):
            log.go_on()
        assert log.append("tick", {}, at=1.0).seq == 1
        log.close()
        assert len(texts(tmp_path / "decision.jsonl")) == 1


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12)
OBSERVATIONS: st.SearchStrategy[Observation] = st.one_of(
    st.builds(Value, NUMBERS, st.floats(0, 2e9)), st.builds(NoData, st.text()), st.builds(Error, st.text())
)


@given(OBSERVATIONS)
def test_an_observation_is_read_back_exactly(seen: Observation) -> None:
    assert read_observation(observation_data(seen)) == seen


@pytest.mark.parametrize("data", [{}, {"kind": "value", "value": "x", "sample": 1}, {"kind": "error"}])
def test_what_is_no_observation_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises((LookupError, ValueError)):
        read_observation(data)
