"""Steps that will not end, through the command line as people run it: ended on time, their group gone, memory small."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from rollback_gov.execution.proc import group_members
from tests.cli.room import Room
from tests.execution.test_process import is_running, pid_in

MEMORY_MB = 100
PATIENCE = 60
STUBBORN = {
    "ignores TERM": "trap '' TERM INT HUP; while true; do sleep 60 || true; done",
    "forks a daemon": "setsid sleep 60 & echo $! > daemon; sleep 60",
    "closes its output": "exec <&- >&- 2>&-; sleep 60",
    "writes two gigabytes": "yes | head -c 2G; sleep 60",
}


def plan(script: str) -> str:
    step = {"id": "load", "run": f"echo $PPID > group; {script}", "timeout": "2s"}
    return f"phases: {json.dumps([{'id': 'back', 'budget': '50s', 'steps': [step]}])}\n"


MEASURE = """\
import os, subprocess, sys
with open(sys.argv[1], "wb") as printed:
    process = subprocess.Popen(sys.argv[2:], stdout=printed, stderr=printed, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
print(process.returncode, usage.ru_maxrss)
"""
"""A process between the tests and the command: what is forked begins with the peak of the process that forks."""


def run_and_measure(room: Room) -> tuple[int, float, float]:
    """Run the plan in a process of its own; gives its exit code, its peak memory in MB, and the seconds it took."""
    command = [sys.executable, "-m", "rollback_gov", *room.execute("--yes", "--no-ladder")]
    began = time.monotonic()
    code, peak = measured(room.root, command)
    return code, peak, time.monotonic() - began


def measured(folder: Path, command: list[str]) -> tuple[int, float]:
    """Give a command's exit code and its peak memory in MB, with that of every program that it waited for."""
    whole = [sys.executable, "-c", MEASURE, str(folder / "printed"), *command]
    done = subprocess.run(whole, cwd=folder, stdout=subprocess.PIPE, check=True, text=True)
    code, peak = map(int, done.stdout.split())
    return code, peak / 1024


@pytest.mark.parametrize("name", STUBBORN)
def test_a_step_that_will_not_end_is_ended_on_time(tmp_path: Path, name: str) -> None:
    room = Room(tmp_path, plan(STUBBORN[name]))
    daemon = room.plan.parent / "daemon"
    try:
        code, memory, seconds = run_and_measure(room)
        (end,) = room.of("step.finished")
        assert (code, end["result"]) == (5, "timeout")
        assert seconds < PATIENCE, "the step alone sleeps for longer"
        assert memory < MEMORY_MB, "of the command and of every program that it waited for"
        assert group_members(pid_in(room.plan.parent / "group")) == []
        assert sum(path.stat().st_size for path in room.incident.rglob("*") if path.is_file()) < 25e6
        if daemon.exists():
            assert is_running(pid_in(daemon)), "it may be the service that the step was to start"
            assert f"still runs: {pid_in(daemon)} (" in end["detail"]
    finally:
        if daemon.exists():
            with suppress(OSError):
                os.killpg(pid_in(daemon), signal.SIGKILL)


def test_the_measure_sees_what_a_command_takes(tmp_path: Path) -> None:
    """A limit that nothing can exceed limits nothing."""
    large = f"x = b'x' * {2 * MEMORY_MB * 1024 * 1024}"
    assert measured(tmp_path, [sys.executable, "-c", large])[1] > MEMORY_MB
    assert measured(tmp_path, [sys.executable, "-c", ""])[1] < MEMORY_MB / 2
