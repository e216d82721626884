"""Windows after a rollback: every look is taken in time or missed, whoever was alive when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.duration import Duration
from rollback_gov.model.plan import Window
from rollback_gov.triggers.line import FIRST, Line, stamp
from rollback_gov.triggers.windows import Judge, Look, Miss, Sleep, WindowState, described, next_thing, windows_of

BEGAN = 1_800_000_000.0


def window(name: str, for_: str, every: str) -> Window:
    return Window(name=name, for_=Duration.parse(for_), every=Duration.parse(every))


class Book:
    """The log of some windows, kept in memory."""

    def __init__(self, *windows: Window) -> None:
        self.lines: list[Line] = []
        self.write("started", {"began": stamp(BEGAN), "windows": described(windows)})

    def write(self, kind: str, data: Mapping[str, Any]) -> None:
        self.lines.append(Line(seq=len(self.lines) + 1, at=BEGAN, type=kind, data=data, previous=FIRST))

    def see(self, name: str, number: int, result: str = "quiet", detail: str = "") -> None:
        self.write("observed", {"window": name, "number": number, "result": result, "detail": detail})

    @property
    def windows(self) -> dict[str, WindowState]:
        return windows_of(self.lines)


def test_looks_are_due_at_every_interval_until_the_end() -> None:
    state = Book(window("w", "10m", "3m")).windows["w"]
    assert (state.looks, state.ends) == (3, BEGAN + 600)
    assert [state.due(number) - BEGAN for number in (1, 2, 3)] == [180, 360, 540]


def test_a_window_that_is_shorter_than_its_interval_has_one_look_at_its_end() -> None:
    state = Book(window("w", "1m", "5m")).windows["w"]
    assert (state.looks, state.due(1)) == (1, BEGAN + 60)


def test_two_windows_of_one_name_are_two() -> None:
    book = Book(window("w", "1m", "30s"), window("w", "2m", "30s"), window("w", "3m", "30s"))
    assert [(name, state.looks) for name, state in book.windows.items()] == [("w", 2), ("w 2", 4), ("w 3", 6)]


@pytest.mark.parametrize(
    ("after", "todo"),
    [
        (0, Sleep(BEGAN + 60)),
        (59.9, Sleep(BEGAN + 60)),
        (60, Look("w", 1)),
        (119.9, Look("w", 1)),
        (120, Miss("w", 1, 1)),
        (299, Miss("w", 1, 3)),
        (9999, Miss("w", 1, 5)),
    ],
)
def test_a_look_may_be_late_by_less_than_the_interval(after: float, todo: object) -> None:
    assert next_thing(Book(window("w", "5m", "1m")).windows, BEGAN + after) == todo


def test_the_window_whose_look_is_due_first_goes_first() -> None:
    book = Book(window("long", "1h", "10m"), window("short", "5m", "1m"))
    assert next_thing(book.windows, BEGAN + 60) == Look("short", 1)
    book.see("short", 1)
    assert next_thing(book.windows, BEGAN + 60) == Sleep(BEGAN + 120)


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (["quiet", "quiet"], "quiet"),
        (["quiet", "alarmed"], "alarmed"),
        (["alarmed", "missed"], "alarmed"),
        (["quiet", "unknown"], "not measured"),
        (["quiet", "missed"], "not measured"),
        (["missed", "missed"], "not measured"),
    ],
)
def test_only_what_was_seen_from_end_to_end_was_quiet(seen: list[str], verdict: str) -> None:
    book = Book(window("w", "2m", "1m"))
    for number, result in enumerate(seen, 1):
        if result == "missed":
            book.write("missed", {"window": "w", "first": number, "last": number})
        else:
            book.see("w", number, result, "x is 1" if result == "alarmed" else "")
    assert next_thing(book.windows, BEGAN) == Judge("w", verdict)  # type: ignore[arg-type]
    book.write("verdict", {"window": "w", "verdict": verdict})
    assert next_thing(book.windows, BEGAN) is None


def test_an_alarm_is_told_once() -> None:
    book = Book(window("w", "3m", "1m"))
    for number, detail in enumerate(["up is 0", "up is 0", "1 alerts"], 1):
        book.see("w", number, "alarmed", detail)
    book.write("stopped", {"signal": "SIGTERM"})
    assert book.windows["w"].alarms == ("up is 0", "1 alerts")


@given(
    windows=st.lists(st.tuples(st.integers(1, 40), st.integers(1, 10)), min_size=1, max_size=3),
    steps=st.lists(st.floats(0.1, 15), max_size=60),
)
def test_whenever_somebody_is_there_each_look_is_taken_or_missed_once(
    windows: list[tuple[int, int]], steps: list[float]
) -> None:
    book = Book(*(window(f"w{number}", f"{for_}s", f"{every}s") for number, (for_, every) in enumerate(windows)))
    moments, now = [], BEGAN
    for step in [*steps, 10_000.0]:
        now += step
        moments.append(now)
    taken: list[tuple[str, int]] = []
    for now in moments:
        while not isinstance(todo := next_thing(book.windows, now), Sleep | None):
            if isinstance(todo, Look):
                state = book.windows[todo.window]
                assert state.due(todo.number) <= now < state.due(todo.number) + state.every
                book.see(todo.window, todo.number)
                taken.append((todo.window, todo.number))
            elif isinstance(todo, Miss):
                state = book.windows[todo.window]
                for number in range(todo.first, todo.last + 1):
                    assert now >= state.due(number) + state.every
                    taken.append((todo.window, number))
                book.write("missed", {"window": todo.window, "first": todo.first, "last": todo.last})
            else:
                book.write("verdict", {"window": todo.window, "verdict": todo.verdict})
    assert next_thing(book.windows, now) is None
    every = [(name, number) for name, state in book.windows.items() for number in range(1, state.looks + 1)]
    assert sorted(taken) == sorted(every)
