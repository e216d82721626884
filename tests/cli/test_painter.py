"""A block below scrolling text, on a real pseudo-terminal that is read by a small emulation of a screen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

import pytest

from rollback_gov.cli import painter as painter_module
from rollback_gov.cli.painter import Line, Painter
from tests.cli.room import wait_for


class Screen:
    """The few escape sequences that a painter uses, carried out; lines that scroll away are kept."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows = [""]
        self.row = self.column = 0

    def feed(self, text: str) -> Screen:
        for match in re.finditer(r"\x1b\[(\d*)([A-Za-z])|(.)", text, re.DOTALL):
            count, command, letter = match.groups()
            if command == "A":
                self.row -= int(count or 1)
                assert self.row >= 0, "above the first line"
            elif command == "J":
                self.rows[self.row] = self.rows[self.row][: self.column]
                del self.rows[self.row + 1 :]
            elif letter == "\r":
                self.column = 0
            elif letter == "\n":
                self._down()
            elif letter:
                self._put(letter)
        return self

    def _down(self) -> None:
        self.row, self.column = self.row + 1, 0
        while len(self.rows) <= self.row:
            self.rows.append("")

    def _put(self, letter: str) -> None:
        if self.column == self.width:
            self._down()
        line = self.rows[self.row].ljust(self.column)
        self.rows[self.row] = line[: self.column] + letter + line[self.column + 1 :]
        self.column += 1


class Desk:
    """A pseudo-terminal; everything that is written to it is read in the background."""

    def __init__(self, width: int = 40) -> None:
        self.ours, self.theirs = pty.openpty()
        self.resize(width)
        self.out = open(self.theirs, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        self.seen = ""
        self.reads, self.sits = True, True
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def hang_up(self) -> None:
        """Close our side, when nobody reads there any more: the number of the file will be another one's."""
        self.sits = False
        self.reader.join()
        if self.ours >= 0:
            os.close(self.ours)
            self.ours = -1

    def resize(self, width: int) -> None:
        self.width = width
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))

    def _read(self) -> None:
        with suppress(OSError):
            while self.sits:
                if not self.reads:
                    time.sleep(0.01)
                elif select.select([self.ours], [], [], 0.02)[0]:
                    self.seen += os.read(self.ours, 65536).decode().replace("\r\n", "\n")

    @property
    def rows(self) -> list[str]:
        return Screen(self.width).feed(self.seen).rows


def block_of(lines: Callable[[], list[str]]) -> Callable[[int, int], list[Line]]:
    return lambda _width, _height: [Line(text, len(text)) for text in lines()]


@contextmanager
def painted(desk: Desk, lines: Callable[[], list[str]], **settings: float) -> Iterator[Painter]:
    painter = Painter(desk.out, block_of(lines), **settings)
    try:
        yield painter
    finally:
        painter.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.out.close()
    desk.hang_up()
    os.close(desk.theirs)


def test_text_scrolls_above_the_block_and_the_block_goes_away(desk: Desk) -> None:
    with painted(desk, lambda: ["----", "block"]) as painter:
        for number in range(3):
            painter.write(f"line {number}\n")
            wait_for(lambda n=number: desk.rows[: n + 3] == [*(f"line {i}" for i in range(n + 1)), "----", "block"])  # type: ignore[misc]
    wait_for(lambda: desk.rows == ["line 0", "line 1", "line 2", ""])


def test_the_block_changes_in_place(desk: Desk) -> None:
    shown = [["one"]]
    with painted(desk, lambda: shown[0], refresh=0.02) as painter:
        painter.write("text\n")
        for lines in (["two", "three"], ["four"], [], ["five", "six", "seven"]):
            shown[0] = lines
            wait_for(lambda wanted=lines: [row for row in desk.rows if row] == ["text", *wanted])  # type: ignore[misc]


def test_text_without_an_end_gets_one_before_the_block(desk: Desk) -> None:
    with painted(desk, lambda: ["block"]) as painter:
        painter.write("half")
        wait_for(lambda: desk.rows == ["half", "block"])
        painter.write("way\n")
        wait_for(lambda: desk.rows == ["half", "way", "block"])


def test_a_question_stands_below_the_block_until_it_goes_on(desk: Desk) -> None:
    shown = [["block 1"]]
    with painted(desk, lambda: shown[0], refresh=0.02) as painter:
        painter.write("text\n")
        painter.pause()
        shown[0] = ["block 2"]
        painter.pause()
        painter.write("? Go on ")
        wait_for(lambda: desk.rows == ["text", "block 1", "? Go on "])
        time.sleep(0.1)
        assert desk.rows == ["text", "block 1", "? Go on "], "it stands still"
        painter.write("\nyes\n")
        painter.go_on()
        wait_for(lambda: desk.rows == ["text", "block 1", "? Go on ", "yes", "block 2"])


def test_a_terminal_that_became_narrower_is_cleared_all_the_same(desk: Desk) -> None:
    with painted(desk, lambda: ["x" * desk.width, "block"], refresh=3600) as painter:
        painter.write("text\n")
        wait_for(lambda: desk.rows == ["text", "x" * 40, "block"])
        before = desk.seen
        desk.resize(20)
        painter.write("more\n")
        wait_for(lambda: "more" in desk.seen)
        assert desk.seen.removeprefix(before).startswith("\n\x1b[2A\x1b[J") or "\x1b[2A\x1b[J" in desk.seen


def test_a_block_that_cannot_be_drawn_is_left_out(desk: Desk) -> None:
    def broken() -> list[str]:
        raise RuntimeError("no")

    with painted(desk, broken) as painter:
        painter.write("text\n")
        wait_for(lambda: desk.rows == ["text", ""])


def test_a_terminal_that_stands_still_delays_nobody_and_costs_the_oldest_text(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(painter_module, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(painter_module, "MOST_TEXT", 10_000)
    desk.reads = False
    painter = Painter(desk.out, block_of(lambda: ["block"]))
    time.sleep(0.05)
    began = time.monotonic()
    for number in range(20_000):
        painter.write(f"line {number:08}\n")
    painter.pause()
    painter.close()
    assert time.monotonic() - began < 60, "each line alone would be waited for"
    desk.reads = True
    wait_for(lambda: "line 00019999" in desk.seen)
    assert "the terminal is too slow; output was left out here" in desk.seen
    assert len(desk.seen) < 100_000


def test_a_terminal_that_is_gone_is_no_error_and_keeps_nothing(desk: Desk) -> None:
    painter = Painter(desk.out, block_of(lambda: ["block"]))
    desk.hang_up()
    for _ in range(100):
        painter.write("text\n")
        time.sleep(0.001)
    wait_for(lambda: painter._gone)
    assert painter.write("nobody reads this\n") == 18
    assert painter._pending == []
    painter.pause()
    painter.close()


def test_a_terminal_that_others_made_non_blocking_is_waited_for(desk: Desk) -> None:
    os.set_blocking(desk.theirs, False)
    with painted(desk, lambda: ["block"]) as painter:
        painter.write("x" * 39 + "\n" + "".join(f"line {number:08}\n" for number in range(10_000)))
        wait_for(lambda: "line 00009999" in desk.seen)


def test_what_the_terminal_cannot_write_is_spelled_out(desk: Desk) -> None:
    out: TextIO = open(desk.theirs, "w", encoding="ascii", closefd=False)  # noqa: SIM115
    painter = Painter(out, block_of(lambda: ["✔"]))
    painter.write("größer\n")
    painter.flush()
    wait_for(lambda: desk.rows == [r"gr\xf6\xdfer", r"\u2714"])
    assert painter.fileno() == desk.theirs
    painter.close()
    out.close()
