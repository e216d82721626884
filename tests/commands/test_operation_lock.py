"""Two executors at once: one runs, the other says who does, touches nothing, and goes on when the first is dead."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from rollback_gov.commands.operation_lock import operation_lock
from rollback_gov.commands.target import Target
from rollback_gov.commands.world import World
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.exit_codes import ExitCode
from tests.cli.room import GATED, Room, wait_for
from tests.commands.test_session import target
from tests.execution.conftest import Hands
from tests.execution.test_attack import without_privileges

SLOW = """\
phases:
  - id: drain
    budget: 40s
    steps:
      - {id: first, run: echo first >> log, timeout: 5s}
      - {id: second, run: 'echo second >> log; until test -e go; do sleep 0.02; done', timeout: 20s}
      - {id: third, run: echo third >> log, timeout: 5s}
"""
LOCK = "op-3+production.lock"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollback_gov.execution.store.BUSY_SECONDS", 0.1)


def ann() -> World:
    return World(person="ann", environ={}, clock=Hands())


def come_second(where: Target) -> None:
    with operation_lock(where, ann()):
        raise AssertionError("two at once")


def test_two_operations_never_share_a_lock(tmp_path: Path) -> None:
    first = replace(target(tmp_path), environment="eu-production", region="")
    others = [
        replace(first, environment="eu", region="production"),
        replace(first, environment="eu+production"),
        replace(first, environment="eu%2Dproduction"),
        replace(first, environment="../eu-production"),
    ]
    with ExitStack() as stack:
        for one in (first, *others):
            stack.enter_context(operation_lock(one, ann()))
        assert len(list((first.incidents / ".locks").iterdir())) == 5
        with pytest.raises(Refused):
            come_second(first)


def test_whoever_comes_second_hears_who_was_first(tmp_path: Path) -> None:
    where = target(tmp_path)
    with operation_lock(where, ann()) as name_the_run:
        name_the_run("op-3-1")
        with pytest.raises(Refused) as refused:
            come_second(where)
    who = f"process {os.getpid()} on {os.uname().nodename}, since 2026-01-31T12:00:00.000Z, started by ann"
    assert str(refused.value) == f"The run op-3-1 of op-3 in production is going on: {who}."
    assert "rollback-gov status op-3-1" in refused.value.hint
    with operation_lock(where, ann()):
        pass


def test_before_its_run_has_a_name_the_first_one_is_a_process(tmp_path: Path) -> None:
    where = target(tmp_path)
    with operation_lock(where, ann()), pytest.raises(Refused, match=f"just beginning: process {os.getpid()} on"):
        come_second(where)


@pytest.mark.parametrize("words", ["", "[", "{}", "[1]", '{"run": "r"}', "\xff"])
def test_words_that_say_nothing_do_not_matter_the_lock_does(tmp_path: Path, words: str) -> None:
    where = target(tmp_path)
    with operation_lock(where, ann()):
        (where.incidents / ".locks" / LOCK).write_text(words, encoding="latin-1")
        with pytest.raises(Refused, match=r"Another run of op-3 in production is going on\."):
            come_second(where)


def test_what_a_dead_holder_wrote_stands_in_nobodys_way(tmp_path: Path) -> None:
    where = target(tmp_path)
    with operation_lock(where, ann()):
        written = (where.incidents / ".locks" / LOCK).read_text(encoding="utf-8")
    (where.incidents / ".locks" / LOCK).write_text(written * 3, encoding="utf-8")
    with operation_lock(where, ann()) as name_the_run:
        name_the_run("op-3-2")
    assert (where.incidents / ".locks" / LOCK).read_text(encoding="utf-8") == ""


def test_a_disk_that_takes_no_words_still_has_a_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = target(tmp_path)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with operation_lock(where, ann()), pytest.raises(Refused, match="Another run"):
        come_second(where)


def test_a_place_without_room_for_a_lock_is_named(tmp_path: Path) -> None:
    where = target(tmp_path)
    where.incidents.write_text("in the way", encoding="utf-8")
    with pytest.raises(UsageError, match=r"Cannot open the lock .*op-3\+production\.lock: "):
        come_second(where)


@pytest.mark.parametrize("command", ["execute", "resume"])
def test_the_second_executor_says_who_runs_and_touches_nothing(tmp_path: Path, command: str) -> None:
    room = Room(tmp_path, GATED)
    first = room.process(*room.execute())
    try:
        wait_for(lambda: room.of("gate.waiting"))
        before = files(tmp_path)
        words = room.execute() if command == "execute" else ["resume", "latest", "--as", "bob"]
        code, out, errors = room.gov(*words)
        assert (code, out) == (ExitCode.FINDINGS, "")
        who = f"process {first.pid} on {os.uname().nodename}, since 20.*Z, started by ann"
        assert re.match(
            f"rollback-gov: The run {room.incident.name} of op-3 in production is going on: {who}\\.", errors
        )
        assert f"rollback-gov resume {room.incident.name}" in errors
        assert files(tmp_path) == before
    finally:
        first.kill()
        first.communicate()


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_second_executor_goes_on_at_once_when_the_first_is_killed(tmp_path: Path) -> None:
    room = Room(tmp_path, SLOW)
    log = room.plan.parent / "log"
    first = room.process(*room.execute())
    try:
        wait_for(lambda: log.exists() and "second" in log.read_text(encoding="utf-8"))
        assert room.gov("resume", "latest")[0] == ExitCode.FINDINGS
    finally:
        first.send_signal(signal.SIGKILL)
        first.communicate()
    (room.plan.parent / "go").touch()
    code, out, errors = room.gov("resume", "latest", "--as", "bob")
    assert code == ExitCode.PASSED, out + errors
    assert log.read_text(encoding="utf-8").split() == ["first", "second", "third"]


def test_a_frozen_executor_keeps_its_lock_until_somebody_ends_it(tmp_path: Path) -> None:
    room = Room(tmp_path, SLOW)
    log = room.plan.parent / "log"
    first = room.process(*room.execute())
    try:
        wait_for(lambda: log.exists() and "second" in log.read_text(encoding="utf-8"))
        first.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, first.pid, os.WSTOPPED | os.WNOWAIT)
        code, _, errors = room.gov("resume", "latest", "--as", "bob")
        assert code == ExitCode.FINDINGS
        assert f"The run {room.incident.name} of op-3 in production is frozen, and keeps its lock: process" in errors
        way_out = re.search(r"Or end it and take over: (kill -KILL \d+) && rollback-gov (resume \S+)", errors)
        assert way_out
        subprocess.run(way_out[1].split(), check=True)
    finally:
        first.kill()
        first.communicate()
    (room.plan.parent / "go").touch()
    code, out, errors = room.gov(*way_out[2].split(), "--as", "bob")
    assert code == ExitCode.PASSED, out + errors
    assert log.read_text(encoding="utf-8").split() == ["first", "second", "third"]


def test_a_lock_that_may_not_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    room = Room(tmp_path)
    (tmp_path / "incidents").mkdir(mode=0o555)
    command = [*without_privileges(), sys.executable, "-m", "rollback_gov", *room.execute()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == ExitCode.USAGE
    assert re.search(r"Cannot open the lock .*: Permission denied\.", done.stderr)


def test_a_lock_that_a_step_removed_is_held_again(tmp_path: Path) -> None:
    """As ``git clean`` does with what is not committed, while the step goes on."""
    where, world = target(tmp_path), ann()
    with operation_lock(where, world) as name_the_run:
        name_the_run("op-3-1")
        shutil.rmtree(where.incidents / ".locks")
        wait_for(lambda: world.stop.requested or (where.incidents / ".locks" / LOCK).exists())
        with pytest.raises(Refused, match=r"The run op-3-1 of op-3 in production is going on"):
            come_second(where)
    come_after(where)


def come_after(where: Target) -> None:
    with operation_lock(where, ann()) as name_the_run:
        name_the_run("op-3-2")
