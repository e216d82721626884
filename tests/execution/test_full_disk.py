"""A full disk: what is reserved is used, a person is asked, and otherwise the run goes on beside the disk."""

from __future__ import annotations

import io
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rollback_gov.execution.chain import parse_lines
from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.full_disk import FULL, PREFIX, WHOLE, EnduringStore, FullDisk
from rollback_gov.execution.journal import FILE, Journal, read_journal
from rollback_gov.execution.reserve import LAST_WORDS, RESERVE, Reserve, allocate
from rollback_gov.execution.stop import Stop
from rollback_gov.execution.store import FileStore
from tests.execution.conftest import Talk
from tests.execution.small_disk import SmallDisk, small_disk

__all__ = ["small_disk"]


SIZE = 30_000
LINES = RESERVE // SIZE + 3
"""More than the reserve has room for."""


class Desk:
    """A journal on the small disk with everything around it."""

    def __init__(self, folder: Path, console: Talk) -> None:
        self.path = folder / FILE
        self.store = EnduringStore(FileStore(folder, SystemClock()))
        self.journal = Journal(folder, SystemClock(), store=self.store)
        self.console, self.stop, self.aside = console, Stop(), io.StringIO()
        self.journal.listeners.append(
            FullDisk(self.store, self.journal, console=console, stop=self.stop, aside=self.aside)
        )

    def write(self, count: int, *, size: int = 1000) -> None:
        for number in range(count):
            self.journal.append("event", {"number": number, "text": "x" * size})

    @property
    def on_disk(self) -> list[str]:
        return [event.type for event in read_journal(self.path)]

    @property
    def collected(self) -> bytes:
        """What is on the disk, and after it what went to standard error and is not on the disk."""
        kept = self.path.read_bytes()
        kept = kept[: kept.rfind(b"\n") + 1]
        aside = [line.removeprefix(PREFIX).encode() for line in self.aside.getvalue().splitlines(keepends=True)]
        return kept + b"".join(line for line in aside if json.loads(line)["seq"] > kept.count(b"\n"))


@pytest.fixture
def desk(small_disk: SmallDisk) -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def make(console: Talk | None = None) -> Desk:
        desks.append(Desk(small_disk.folder, console or Talk()))
        return desks[-1]

    yield make
    for made in desks:
        made.journal.close()


def test_the_reserve_is_room_that_no_reader_sees(desk: Callable[..., Desk], small_disk: SmallDisk) -> None:
    small = desk()
    small.write(1)
    assert small.path.stat().st_blocks * 512 >= RESERVE
    assert b"\0" not in small.path.read_bytes()
    read = subprocess.run(["jq", "-r", ".type", small.path], capture_output=True, text=True, check=True)
    assert read.stdout == "event\n"
    small.journal.close()
    assert small.path.stat().st_blocks * 512 < LAST_WORDS
    small.journal = Journal(small_disk.folder, SystemClock())


def test_a_disk_that_others_fill_leaves_the_reserve_alone(desk: Callable[..., Desk], small_disk: SmallDisk) -> None:
    small = desk()
    small_disk.fill()
    small.write(1000)
    assert small.on_disk == ["event"] * 1000
    assert (small.aside.getvalue(), small.console.lines) == ("", [])


def test_when_the_reserve_is_spent_unattended_the_lines_go_to_standard_error(
    desk: Callable[..., Desk], small_disk: SmallDisk
) -> None:
    small = desk()
    small_disk.fill()
    small.write(LINES, size=SIZE)
    small.journal.append("run.finished", {"result": "passed"})
    assert FULL in small.on_disk, "it is said while there is still room for the last words"
    assert "run.finished" not in small.on_disk or not small.aside.getvalue()
    events = parse_lines(small.collected, "collected")
    assert tuple(small.journal.events) == events
    assert [event.type for event in events].count(FULL) == 1
    assert len([line for line in small.console.lines if "WARNING" in line]) == 1
    assert not small.stop.requested


def test_a_line_is_shown_once_and_all_of_them_are_written_when_there_is_room(
    desk: Callable[..., Desk], small_disk: SmallDisk
) -> None:
    small = desk()
    small_disk.fill()
    small.write(LINES, size=SIZE)
    shown = small.aside.getvalue().count(PREFIX)
    assert shown == len(small.store.waiting) > 0
    small_disk.make_room()
    (small_disk.folder / "other").write_bytes(b"")
    subprocess.run(["mount", "-o", "remount,size=32m", str(small_disk.folder)], check=True)
    small.write(1)
    assert tuple(small.journal.events) == read_journal(small.path)
    assert small.on_disk[-2:] == ["event", WHOLE]
    assert small.aside.getvalue().count(PREFIX) == shown
    assert small.console.lines[-1] == "  there is room for the journal again; nothing of it is missing"
    small.write(1)
    assert small.on_disk.count(WHOLE) == 1


@pytest.mark.parametrize(("lines", "size"), [(LINES, SIZE), (5, RESERVE // 4)], ids=["small lines", "large lines"])
def test_a_person_makes_room(desk: Callable[..., Desk], small_disk: SmallDisk, lines: int, size: int) -> None:
    class Person(Talk):
        def ask(self, question: str, seconds: float) -> str | None:
            self.lines.append(question)
            if len(self.lines) < 3:
                return "again" if len(self.lines) == 1 else None
            subprocess.run(["mount", "-o", "remount,size=32m", str(small_disk.folder)], check=True)
            return "again"

    small = desk(Person({"": "again"}))
    small_disk.fill()
    small.write(lines, size=size)
    assert small.on_disk == ["event"] * lines
    assert len(small.console.lines) == 3
    assert "Make room, then 'again'" in small.console.lines[0]
    assert not small.aside.getvalue()


def test_a_person_stops_the_run_in_order(desk: Callable[..., Desk], small_disk: SmallDisk) -> None:
    small = desk(Talk({"Make room": "stop"}))
    small_disk.fill()
    small.write(LINES, size=SIZE)
    assert small.stop.signal == "a full disk"
    assert FULL in small.on_disk


def test_a_person_goes_on_without(desk: Callable[..., Desk], small_disk: SmallDisk) -> None:
    small = desk(Talk({"Make room": "go on"}))
    small_disk.fill()
    small.write(LINES, size=SIZE)
    assert not small.stop.requested
    assert parse_lines(small.collected, "collected") == tuple(small.journal.events)


def test_a_standard_error_that_is_closed_changes_nothing(desk: Callable[..., Desk], small_disk: SmallDisk) -> None:
    small = desk()
    small.aside.close()
    small_disk.fill()
    small.write(LINES, size=SIZE)
    assert len(small.journal.events) == LINES + 1


def test_a_run_that_begins_on_a_full_disk(desk: Callable[..., Desk], small_disk: SmallDisk) -> None:
    small_disk.fill()
    small = desk()
    small.write(2)
    assert small.aside.getvalue().count(PREFIX) == 3
    assert small.on_disk == []
    assert parse_lines(small.collected, "collected") == tuple(small.journal.events)


def test_what_is_left_of_a_reserve_is_kept_over_a_crash(small_disk: SmallDisk) -> None:
    """Whoever opens the journal of a run that was killed on a full disk still has its last words."""
    store = FileStore(small_disk.folder, SystemClock())
    store.append(b"one\n", seq=1)
    os.close(store._file)  # as a kill does
    small_disk.fill()
    again = FileStore(small_disk.folder, SystemClock())
    again.append(b"two\n", seq=2)
    assert again.read() == b"one\ntwo\n"
    again.close()


def test_a_file_system_without_reserves_is_written_all_the_same(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    try:
        assert not allocate(writer, 0, 4096)
        reserve = Reserve(writer)
        reserve.cover(0)
        assert not reserve.is_low
    finally:
        os.close(reader)
        os.close(writer)


def test_a_machine_without_the_call_has_no_reserve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    with (tmp_path / "file").open("wb") as file:
        assert not allocate(file.fileno(), 0, 4096)
