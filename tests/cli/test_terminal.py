"""The terminal as a run sees it, on real pseudo-terminals."""

from __future__ import annotations

import io
import os
import pty
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import pytest

from rollback_gov.cli.terminal import Terminal, open_terminal
from rollback_gov.execution.console import SilentConsole
from tests.cli.room import GATED, Room, at_terminal

SLICE = 0.05


class Desk:
    """A terminal with a person (the test) at it."""

    def __init__(self) -> None:
        self.ours, theirs = pty.openpty()
        self.stdin = open(theirs, encoding="utf-8", closefd=False)  # noqa: SIM115
        self.out = io.StringIO()
        self.theirs = theirs
        self.terminal = Terminal(asks=True, out=self.out, stdin=self.stdin)

    def type(self, text: bytes) -> None:
        os.write(self.ours, text)

    def leave(self) -> None:
        """Hang up."""
        os.close(self.ours)
        self.ours = -1


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.stdin.close()
    for file in (desk.ours, desk.theirs):
        with suppress(OSError):
            os.close(file)


def test_a_question_is_printed_once_however_long_it_takes(desk: Desk) -> None:
    for _ in range(3):
        assert desk.terminal.ask("Go on?", SLICE) is None
    desk.type(b"ben\n")
    assert desk.terminal.ask("Go on?", 5) == "ben"
    assert desk.out.getvalue() == "  ? Go on? "


def test_a_question_that_was_answered_is_printed_when_it_is_asked_again(desk: Desk) -> None:
    for said in (b"\n", b"yes\n"):
        desk.type(said)
        assert desk.terminal.ask("Go on?", 5) == said.decode().strip()
    assert desk.out.getvalue() == "  ? Go on? " * 2


def test_two_answers_that_were_typed_at_once_are_two(desk: Desk) -> None:
    desk.type(b"ann\nnobody else is here\n")
    assert desk.terminal.ask("Who?", 5) == "ann"
    assert desk.terminal.ask("Why?", 5) == "nobody else is here"


def test_the_end_of_the_input_ends_all_asking(desk: Desk) -> None:
    desk.type(b"\x04")
    assert desk.terminal.ask("Go on?", 5) is None
    assert not desk.terminal.interactive
    assert desk.terminal.ask("Really?", SLICE) is None
    assert desk.out.getvalue() == "  ? Go on? "


def test_a_terminal_that_hangs_up_ends_all_asking(desk: Desk) -> None:
    desk.leave()
    assert desk.terminal.ask("Go on?", 5) is None
    assert not desk.terminal.interactive


def test_an_input_that_was_closed_ends_all_asking(desk: Desk) -> None:
    desk.stdin.close()
    assert desk.terminal.ask("Go on?", 5) is None
    assert not desk.terminal.interactive


def test_what_is_no_text_is_asked_again(desk: Desk) -> None:
    desk.type(b"\xff\xfe\n")
    assert desk.terminal.ask("Go on?", 5) is None
    desk.type(b"yes\n")
    assert desk.terminal.ask("Go on?", 5) == "yes"
    assert desk.out.getvalue() == "  ? Go on? " * 2


def test_nobody_is_asked_where_nobody_is() -> None:
    out = io.StringIO()
    assert Terminal(asks=False, out=out, stdin=io.StringIO("yes\n")).ask("Go on?", 5) is None
    assert out.getvalue() == ""


def test_output_of_a_step_is_indented_and_lines_are_kept_apart() -> None:
    out = io.StringIO()
    terminal = Terminal(asks=False, out=out, stdin=io.StringIO())
    terminal.say("  Load the dump")
    for text in ("one\ntw", "o\n", "", "three"):
        terminal.stream(text)
    terminal.say("  passed")
    terminal.say("")
    assert out.getvalue() == "  Load the dump\n    | one\n    | two\n    | three\n  passed\n\n"


def a_pipe_without_a_reader() -> TextIO:
    reader, writer = os.pipe()
    os.close(reader)
    return open(writer, "w", encoding="utf-8")  # noqa: PTH123


def test_a_reader_who_goes_away_silences_the_terminal_and_nothing_else() -> None:
    out = a_pipe_without_a_reader()
    terminal = Terminal(asks=False, out=out, stdin=io.StringIO())
    terminal.say("nobody reads this")
    terminal.stream("nor this\n")
    out.close()


def test_a_stream_that_was_closed_stops_nothing() -> None:
    out = io.StringIO()
    terminal = Terminal(asks=False, out=out, stdin=io.StringIO())
    out.close()
    terminal.say("one")
    terminal.say("two")


def test_a_character_that_the_terminal_does_not_know_is_spelled_out() -> None:
    raw = io.BytesIO()
    terminal = Terminal(asks=False, out=io.TextIOWrapper(raw, encoding="ascii"), stdin=io.StringIO())
    terminal.say("größer \udcff")
    terminal.say("and on it goes")
    assert raw.getvalue() == b"gr\\xf6\\xdfer \\udcff\nand on it goes\n"


def test_only_a_terminal_on_both_sides_can_be_asked(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    assert isinstance(open_terminal(ask=True, quiet=True), SilentConsole)
    monkeypatch.setattr(sys, "stdin", desk.stdin)
    assert not open_terminal(ask=True).interactive
    with open(desk.theirs, "w", encoding="utf-8", closefd=False) as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert open_terminal(ask=True).interactive
        assert not open_terminal(ask=False).interactive


SCENARIOS = """\
phases:
  - {id: close, budget: 9s, steps: [{id: shut, run: echo shut, timeout: 5s}]}
  - {id: data, budget: 9s, steps: [{id: load, run: echo loaded, timeout: 5s}]}
scenarios:
  - {id: door-only, use_when: Only the door is open, phases: [close], sla: 30s}
"""


@pytest.mark.parametrize(("typed", "scenario", "ran"), [("1", "door-only", ["close"]), ("", "", ["close", "data"])])
def test_at_a_terminal_somebody_chooses_the_scenario(tmp_path: Path, typed: str, scenario: str, ran: list[str]) -> None:
    room = Room(tmp_path, SCENARIOS)
    with at_terminal(room, *room.execute()) as seat:
        seen = seat.read_until("Number")
        assert "  0  the whole plan\n  1  door-only: Only the door is open (SLA 30s)\n" in seen
        seat.type("7")
        seat.read_until("7 is not in the range 0<=x<=1")
        seat.type(typed)
        assert seat.end()[0] == 0
    (started,) = room.of("run.started")
    assert started["scenario"] == scenario
    assert [data["phase"] for data in room.of("phase.finished")][: len(ran)] == [f"phases/{name}" for name in ran]


def test_without_scenarios_or_with_one_given_nobody_is_asked(tmp_path: Path) -> None:
    for number, (body, more) in enumerate([(GATED, ()), (SCENARIOS, ("--scenario", "door-only"))]):
        room = Room(tmp_path / str(number), body)
        with at_terminal(room, *room.execute(*more)) as seat:
            assert "Which rollback?" not in seat.read_until("run op-3-")


def test_a_gate_is_answered_at_the_terminal(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED)
    with at_terminal(room, *room.execute()) as seat:
        seat.read_until("Who approves? (name, or 'no')")
        seat.type("ann")
        seat.read_until("Why is it approved all the same? (empty: no)")
        seat.type("nobody else is here")
        code, seen = seat.end()
    assert code == 0, seen
    assert seen.count("Who approves?") == 1
    (decided,) = room.of("gate.decided")
    assert (decided["decision"], decided["by"], decided["reason"]) == ("approved", "ann", "nobody else is here")
    assert "gate phases/drain/ask" in [data["check"] for data in room.of("override")]
