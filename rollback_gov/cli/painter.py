"""A block at the bottom of a terminal that is drawn anew, and text that scrolls above it.

One thread does all the writing: whoever speaks only puts text in line, so neither a slow terminal nor the drawing ever
delays a run. A terminal that stands still (a hung connection) costs the oldest text, one that is gone costs all of it.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Thread
from typing import TextIO, TypeAlias

from rollback_gov.model.record import Record

REFRESH_SECONDS = 0.25
MOST_TEXT = 1_048_576
"""Characters in line at most. More is dropped, the oldest first, and said."""
PATIENCE_SECONDS = 2.0
"""For a terminal that does not take what is in line."""
_DROPPED = "\n[rollback-gov: the terminal is too slow; output was left out here, the incident folder has it]\n"
_BREATH = 0.02
"""Seconds between two writes: text that comes in many bits is written at once."""


class Line(Record, kw_only=False):
    """A line with the escape sequences of its colours, and how many cells it takes."""

    text: str
    cells: int


Block: TypeAlias = Callable[[int, int], list[Line]]
"""Gives the block's lines for a width and a height, in cells; none to show nothing."""


class Painter:
    """Takes the place of a terminal's output stream (``write``, ``flush``); the block stays below what is written."""

    def __init__(self, out: TextIO, block: Block, *, refresh: float = REFRESH_SECONDS) -> None:
        out.flush()
        self.encoding = out.encoding or "utf-8"
        self._file = out.fileno()
        self._refresh = refresh
        self._canvas = _Canvas(block, refresh)
        self._changed = Condition()
        self._pending: list[str] = []
        self._size = 0
        self._wished = self._done = 0
        self._paused = self._closing = self._gone = False
        self._thread = Thread(target=self._run, name="painter", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        """Put text in line."""
        with self._changed:
            if not self._gone:
                self._pending.append(text)
                self._size += len(text)
                self._drop_the_oldest()
                self._changed.notify_all()
        return len(text)

    def flush(self) -> None:
        """Nothing to do: the thread writes as soon as it can."""

    def fileno(self) -> int:
        """Give the terminal's file."""
        return self._file

    def pause(self) -> None:
        """Draw the block once more and leave it standing, for a question below it; returns when that can be seen."""
        self._switch(paused=True)

    def go_on(self) -> None:
        """Draw the block at the bottom again."""
        self._switch(paused=False)

    def close(self) -> None:
        """Write what is left, take the block away and end. A terminal that stands still is left to itself."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(PATIENCE_SECONDS)

    def _switch(self, *, paused: bool) -> None:
        with self._changed:
            if self._paused is not paused and not self._gone:
                self._paused = paused
                self._wished += 1
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._gone or self._done == self._wished, PATIENCE_SECONDS)

    def _drop_the_oldest(self) -> None:
        if self._size > MOST_TEXT:
            kept = "".join(self._pending)[-MOST_TEXT // 2 :]
            self._pending, self._size = [_DROPPED, kept], len(_DROPPED) + len(kept)

    def _run(self) -> None:
        with suppress(OSError):  # the terminal is gone
            while self._paint():
                time.sleep(_BREATH)
        with self._changed:
            self._gone = True
            self._pending.clear()
            self._changed.notify_all()

    def _paint(self) -> bool:
        """Wait for something to do or for the time to draw again, and do it. Says whether to go on."""
        with self._changed:
            self._changed.wait_for(self._has_work, self._refresh)
            text, self._pending, self._size = "".join(self._pending), [], 0
            paused, closing, wished = self._paused, self._closing, self._wished
            switched = self._done != wished
        _write_all(self._file, self._sheet(text, paused, closing, switched).encode(self.encoding, "backslashreplace"))
        with self._changed:
            self._done = wished
            self._changed.notify_all()
        return not closing

    def _has_work(self) -> bool:
        return bool(self._pending) or self._closing or self._done != self._wished

    def _sheet(self, text: str, paused: bool, closing: bool, switched: bool) -> str:
        width, height = _size_of(self._file)
        if closing:
            return self._canvas.clear(width) + text
        if paused and not switched:
            return text
        painted = self._canvas.paint(text, width, height, anew=switched)
        return painted + (self._canvas.leave() if paused else "")


class _Canvas:
    """What stands on the screen: the block that was drawn last, and whether the line above it has ended."""

    def __init__(self, block: Block, refresh: float) -> None:
        self._block = block
        self._refresh = refresh
        self._lines: list[Line] = []
        self._drawn_at = 0.0
        self._size = (0, 0)
        self._on_screen: list[Line] = []
        self._line_open = False

    def paint(self, text: str, width: int, height: int, *, anew: bool) -> str:
        """Give what takes the block away, writes the text and draws the block below it."""
        now = time.monotonic()
        due = anew or (width, height) != self._size or now - self._drawn_at >= self._refresh
        if not text and not due:
            return ""
        if due:
            self._lines, self._drawn_at, self._size = self._draw(width, height), now, (width, height)
        above = self.clear(width) + text
        if text:
            self._line_open = not text.endswith("\n")
        if not self._lines:
            return above
        gap = "\n" if self._line_open else ""
        self._line_open, self._on_screen = False, self._lines
        return above + gap + "\n".join(line.text for line in self._lines)

    def clear(self, width: int) -> str:
        """Give what takes the block away. A terminal that became narrower has broken its lines."""
        if not self._on_screen:
            return ""
        rows = sum(max(-(-line.cells // width), 1) for line in self._on_screen)
        self._on_screen = []
        return "\r" + (f"\x1b[{rows - 1}A" if rows > 1 else "") + "\x1b[J"

    def leave(self) -> str:
        """Give what goes to the line below the block, which stays."""
        left, self._on_screen = bool(self._on_screen), []
        return "\n" if left else ""

    def _draw(self, width: int, height: int) -> list[Line]:
        """A block that cannot be drawn is left out: it only shows what is written elsewhere."""
        try:
            return self._block(width, height)
        except Exception:
            return []


def _size_of(file: int) -> tuple[int, int]:
    """Width and height in cells; some terminals say 0 for what they do not know."""
    size = os.get_terminal_size(file)
    return size.columns or 80, size.lines or 24


def _write_all(file: int, data: bytes) -> None:
    """Write it all, however long the terminal takes. Raises OSError when it is gone."""
    while data:
        try:
            data = data[os.write(file, data) :]
        except BlockingIOError:  # whoever shares the terminal has switched it to non-blocking
            select.select([], [file], [], PATIENCE_SECONDS)
