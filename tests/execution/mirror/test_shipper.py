"""The thread that ships a journal: beside the run, again and again, and never in its way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event as Flag

import pytest

from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.journal import FILE, Journal
from rollback_gov.execution.mirror import shipper as shipper_module
from rollback_gov.execution.mirror.interface import Diverged, MirrorError
from rollback_gov.execution.mirror.shipper import Shipper


class Shelf:
    """A mirror in memory whose troubles a test turns on and off."""

    name = "the shelf"
    linger = 0.01

    def __init__(self) -> None:
        self.content = b""
        self.trouble: Exception | None = None
        self.gate = Flag()
        self.gate.set()
        self.batches: list[int] = []
        self.closed = False

    def read(self) -> bytes:
        return self.content

    def write(self, journal: bytes, *, held: int) -> None:
        self.gate.wait(60)
        if self.trouble is not None:
            raise self.trouble
        if not journal.startswith(self.content):
            raise Diverged("the shelf has other lines of this run already.")
        self.batches.append(len(journal) - held)
        self.content = journal

    def close(self) -> None:
        self.closed = True


class Desk:
    """A journal with its mirror."""

    def __init__(self, folder: Path, shelf: Shelf) -> None:
        self.shelf, self.said = shelf, list[str]()
        self.journal = Journal(folder, SystemClock())
        self.shipper = Shipper(shelf, self.journal.lines, self.said.append)
        self.journal.listeners.append(self.shipper)

    def write(self, count: int, text: str = "x") -> None:
        for _ in range(count):
            self.journal.append("event", {"text": text})


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Desk]]:
    monkeypatch.setattr(shipper_module, "LONGEST_PAUSE", 0.02)
    desks: list[Desk] = []

    def make(shelf: Shelf | None = None) -> Desk:
        desks.append(Desk(tmp_path, shelf or Shelf()))
        return desks[-1]

    yield make
    for made in desks:
        made.shelf.gate.set()
        made.shipper.close(60)
        made.journal.close()


def test_the_mirror_gets_every_line(desk: Callable[..., Desk], tmp_path: Path) -> None:
    one = desk()
    one.write(3)
    assert one.shipper.flush(60)
    assert one.shelf.content == (tmp_path / FILE).read_bytes()
    one.write(1)
    assert one.shipper.close(60)
    assert one.shelf.content == (tmp_path / FILE).read_bytes()
    assert (one.shelf.closed, one.said, one.shipper.missing) == (True, [], 0)


def test_lines_that_come_while_it_sends_go_together(desk: Callable[..., Desk]) -> None:
    one = desk()
    one.shelf.gate.clear()
    one.write(1)
    time.sleep(0.05)
    one.write(50)
    one.shelf.gate.set()
    assert one.shipper.flush(60)
    assert len(one.shelf.batches) <= 3


def test_a_large_journal_goes_in_batches_of_whole_lines(
    desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipper_module, "BATCH", 1000)
    one = desk()
    one.shelf.gate.clear()
    one.write(20)
    one.write(1, "long" * 1000)
    one.write(3)
    one.shelf.gate.set()
    assert one.shipper.flush(60)
    assert len(one.shelf.batches) > 5, one.shelf.batches
    assert one.shelf.content == one.journal.lines()


@pytest.mark.parametrize("trouble", [MirrorError("no route."), ZeroDivisionError("a defect")])
def test_a_dead_mirror_is_said_once_and_once_when_it_is_back(desk: Callable[..., Desk], trouble: Exception) -> None:
    one = desk()
    one.shelf.trouble = trouble
    one.write(1)
    assert not one.shipper.flush(0.2)
    one.write(5)
    assert len(one.said) == 1
    assert one.said[0].startswith("the journal mirror does not take lines: ")
    assert str(trouble) in one.said[0]
    assert one.shipper.missing == 6
    one.shelf.trouble = None
    assert one.shipper.flush(60)
    deadline = time.monotonic() + 60
    while len(one.said) < 2 and time.monotonic() < deadline:
        one.write(1)
        time.sleep(0.01)
    assert one.said[1:] == ["the journal mirror the shelf takes lines again"]


def test_a_mirror_that_hangs_delays_nothing(desk: Callable[..., Desk]) -> None:
    one = desk()
    one.shelf.gate.clear()
    began = time.monotonic()
    one.write(200)
    assert not one.shipper.close(0.1)
    assert time.monotonic() - began < 30, "it hangs for longer"
    assert one.shipper.missing == 200


def test_a_journal_that_was_begun_before_goes_on_where_the_mirror_stands(
    desk: Callable[..., Desk], tmp_path: Path
) -> None:
    first = desk()
    first.write(3)
    first.shipper.close(60)
    first.journal.close()
    second = Desk(tmp_path, first.shelf)
    second.write(1)
    assert second.shipper.close(60)
    assert second.shelf.content == second.journal.lines()
    assert second.shelf.batches[-1] < len(second.shelf.content) / 3
    first.journal = second.journal


def test_a_mirror_with_another_journal_is_left_alone(desk: Callable[..., Desk]) -> None:
    shelf = Shelf()
    shelf.content = b"something else\n"
    one = desk(shelf)
    one.write(1)
    one.shipper.flush(60)
    assert one.said == ["the shelf has other lines of this run already. Nothing more is sent to it."]
    assert one.shipper.takeover is None
    one.write(1)
    assert shelf.content == b"something else\n"
    assert not one.shipper.close(60)


def test_who_took_the_run_over_is_named(desk: Callable[..., Desk], tmp_path: Path) -> None:
    one = desk()
    one.write(2)
    assert one.shipper.flush(60)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / FILE).write_bytes(one.shelf.content)
    other = Journal(tmp_path / "other", SystemClock())
    other.append("run.resumed", {"by": "ann", "host": "two"})
    one.shelf.content = other.lines()
    other.close()
    one.write(1)
    one.shipper.flush(60)
    assert one.shipper.takeover is not None
    assert one.shipper.takeover.data["host"] == "two"
