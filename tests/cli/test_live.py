"""A run on a terminal and in a log: what is seen while it goes on."""

from __future__ import annotations

import io
import os
import pty
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from rollback_gov.cli.heartbeat import HeartbeatTerminal, heartbeat_seconds, still_running
from rollback_gov.cli.live import BlockOf, looked_on
from rollback_gov.execution.console import SilentConsole
from rollback_gov.execution.progression import progress_of
from rollback_gov.model.errors import UsageError
from tests.cli.room import GATED, QUICK, Room, at_terminal, wait_for
from tests.reports.journals import NOON, Story

SLOW = """\
phases:
  - id: back
    budget: 50s
    steps:
      - id: load
        name: "Load [bold]v2[/bold] \\e[2J"
        timeout: 40s
        run: |
          echo loading; printf 'half \\033[2J a line'
          until test -e go; do sleep 0.02; done
"""
XTERM = {"TERM": "xterm-256color"}


def test_the_block_shows_the_phase_the_step_and_the_time(tmp_path: Path) -> None:
    room = Room(tmp_path, SLOW, environ=XTERM)
    with at_terminal(room, *room.execute()) as seat:
        seat.read_until("RUNNING")
        seat.read_until("Load [bold]v2[/bold]")
        for text in ("SLA ", " left", "of 40.0s", "Verification"):
            seat.read_until(text)
        (room.plan.parent / "go").touch()
        code, seen = seat.end()
    assert code == 0, seen
    assert "    | loading\n" in seen
    assert "    | half ?[2J a line\n" in seen
    assert "\x1b[2J" not in seen
    assert "\x1b[36m" in seen, "there are colours"
    last = seen.rpartition("\x1b[J")[2]
    assert "Rollback PASSED" in last
    assert "RUNNING" not in last, "the block is gone at the end"


def test_without_colours_where_nobody_wants_them(tmp_path: Path) -> None:
    room = Room(tmp_path, SLOW, environ={**XTERM, "NO_COLOR": "1"})
    with at_terminal(room, *room.execute()) as seat:
        seat.read_until("RUNNING")
        (room.plan.parent / "go").touch()
        code, seen = seat.end()
    assert code == 0
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", seen)


def test_a_dumb_terminal_has_plain_lines(tmp_path: Path) -> None:
    room = Room(tmp_path, QUICK, environ={"TERM": "dumb"})
    with at_terminal(room, *room.execute()) as seat:
        code, seen = seat.end()
    assert code == 0
    assert "\x1b" not in seen


def test_a_question_is_asked_below_the_block_and_answered(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED, environ=XTERM)
    with at_terminal(room, *room.execute()) as seat:
        seat.read_until("Who approves? (name, or 'no')")
        assert "WAITING" in seat.seen
        seat.type("ben")
        code, seen = seat.end()
    assert code == 0, seen
    assert seen.count("Who approves?") == 1
    assert room.of("gate.decided")[0]["by"] == "ben"


def test_a_gate_that_is_answered_elsewhere_takes_the_question_away(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED, environ=XTERM)
    with at_terminal(room, *room.execute()) as seat:
        seat.read_until("Who approves?")
        assert room.gov("approve", "latest", "--as", "ben")[0] == 0
        code, seen = seat.end()
    assert code == 0, seen
    assert "  passed in" in seen


def test_a_terminal_that_goes_away_never_ends_the_run(tmp_path: Path) -> None:
    room = Room(tmp_path, SLOW, environ=XTERM)
    ours, theirs = pty.openpty()
    with ignored(signal.SIGHUP):
        run = room.process(*room.execute("--yes"), stdout=theirs, stderr=subprocess.DEVNULL)
    os.close(theirs)
    seen = b""
    while b"RUNNING" not in seen:
        seen += os.read(ours, 65536)
    os.close(ours)
    (room.plan.parent / "go").touch()
    assert run.wait(timeout=60) == 0
    assert room.of("run.finished")[0]["result"] == "passed"


@contextmanager
def ignored(number: signal.Signals) -> Iterator[None]:
    """Processes that are started meanwhile ignore a signal, as under nohup."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)


def test_a_log_is_as_it_always_was_and_shows_signs_of_life(tmp_path: Path) -> None:
    room = Room(tmp_path, SLOW, environ={"ROLLBACK_GOV_HEARTBEAT": "200ms"})
    run = room.process(*room.execute("--yes"), stderr=subprocess.STDOUT)
    assert run.stdout is not None
    seen = ""
    while "still running" not in seen:
        line = run.stdout.readline()
        assert line, seen
        seen += line
    assert re.search(r"  … still running: Load .*, [\d.]+s of 40\.0s\n", seen)
    (room.plan.parent / "go").touch()
    rest, _ = run.communicate(timeout=60)
    assert run.returncode == 0
    assert "\x1b" not in seen + rest


@pytest.mark.parametrize(("setting", "seconds"), [("", 30), ("5s", 5), ("1m", 60), ("0s", 0)])
def test_how_often_a_sign_of_life_comes_can_be_set(setting: str, seconds: float) -> None:
    assert heartbeat_seconds({"ROLLBACK_GOV_HEARTBEAT": setting}) == seconds


def test_a_setting_that_is_no_duration_is_named() -> None:
    with pytest.raises(UsageError, match="ROLLBACK_GOV_HEARTBEAT: 'often' is not a duration"):
        heartbeat_seconds({"ROLLBACK_GOV_HEARTBEAT": "often"})


def test_what_is_said_of_a_step_of_a_question_and_of_nothing() -> None:
    now = NOON + timedelta(seconds=90)
    story = Story().start()
    assert still_running(progress_of(story.events), now) == ""
    story.intent("phases/a/b", title="Restore\x1b[2J")
    assert still_running(progress_of(story.events), now) == "  … still running: Restore?[2J, 1m30s of 1m"
    story.add("gate.waiting", step="phases/a/b", ask="Go?", deadline="2026-01-31T12:05:00.000Z")
    assert still_running(progress_of(story.events), now) == "  … still waiting: Go? (1m30s, until 12:05:00 UTC)"
    assert still_running(progress_of(story.end("passed", 1).events), now) == ""


def test_a_sign_of_life_comes_only_after_silence_and_never_where_it_is_off() -> None:
    out, silent = io.StringIO(), io.StringIO()
    terminals = [
        HeartbeatTerminal(asks=False, out=stream, stdin=io.StringIO(), every=every)
        for stream, every in ((out, 0.1), (silent, 0.0))
    ]
    for event in Story().start().intent("phases/a/b", title="Restore").events:
        for terminal in terminals:
            terminal.hear(event)
    for terminal in terminals:
        terminal.say("  Restore")
    wait_for(lambda: out.getvalue().count("still running: Restore") >= 2)
    for terminal in terminals:
        terminal.close()
    time.sleep(0.15)
    count = out.getvalue().count("still")
    time.sleep(0.25)
    assert out.getvalue().count("still") == count
    assert silent.getvalue() == "  Restore\n"


def test_a_run_for_programs_shows_nothing() -> None:
    console = SilentConsole()
    with looked_on(console, {}) as (screen, hear):
        assert screen is console
        hear(Story().start().events[0])


@pytest.mark.parametrize(("encoding", "sign"), [("utf-8", "✔"), ("UTF8", "✔"), ("latin-1", "+")])
def test_signs_that_the_terminal_can_write(encoding: str, sign: str) -> None:
    block = BlockOf(encoding, {"TERM": "xterm", "NO_COLOR": "1"})
    story = Story().start().phase("phases/drain", "Drain").end_phase("phases/drain", 1)
    lines = block.draw(progress_of(story.events), 80, 24)
    assert any(sign in line.text for line in lines)
    assert all(line.cells <= 80 for line in lines)


def test_what_follows_a_question_that_nobody_answered_begins_a_line_of_its_own(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED, environ=XTERM)
    with at_terminal(room, *room.execute()) as seat:
        seat.read_until("Who approves?")
        seat.process.send_signal(signal.SIGINT)
        code, shown = seat.end()
    assert code == 130
    assert re.search(r"\nrollback-gov: The run \S+ was interrupted by SIGINT", shown.replace("\r", ""))
