"""Steps that will not end: they are ended on time, their group is gone, and our memory and disk stay small."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.execution.proc import group_members
from tests.execution.conftest import HEAD
from tests.execution.marks import slow
from tests.execution.test_process import is_running, pid_in

MEMORY_MB, FOLDER_MB, PATIENCE = 100, 25, 30
RUN = """\
import sys
from pathlib import Path
from rollback_gov.execution import process
from tests.execution.crash_run import run
process.Process.kill.__kwdefaults__["grace"] = 0.2
code = run(Path(sys.argv[1]))
print(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")))
sys.exit(code)
"""
MINE = "echo $PPID > group; "
STUBBORN = {
    "sleeps": "sleep 60",
    "ignores TERM": "trap '' TERM INT HUP; while true; do sleep 60 || true; done",
    "ignores TERM in every child": "trap '' TERM; for n in 1 2 3; do (trap '' TERM; sleep 60) & done; wait; sleep 60",
    "closes its output": "exec <&- >&- 2>&-; sleep 60",
    "has many children": "for n in {1..100}; do sleep 60 & done; wait",
    "has stopped itself": "kill -STOP $$; sleep 60",
    "fills its lock": "for f in /proc/$$/fd/*; do case $(readlink $f) in */process) yes > $f & esac; done; wait",
    "removes its state folder": 'rm -rf "$INCIDENT_DIR/.state"; sleep 60',
    "prints for ever": "yes",
    "prints one line without end": "tr '\\0' x < /dev/zero",
    "prints to both": "yes >&2 & yes",
}


def run_plan(folder: Path, script: str, timeout: str = "300ms") -> tuple[Mapping[str, Any], float, float]:
    """Run a plan of one step; gives how the step ended, the peak of our memory in MB, and the seconds it took."""
    steps = [{"id": "a", "run": MINE + script, "timeout": timeout}]
    (folder / "plan.yaml").write_text(f"{HEAD}phases: {json.dumps([{'id': 'one', 'steps': steps}])}\n")
    began = time.monotonic()
    command = [sys.executable, "-c", RUN, str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120, check=False)
    seconds = time.monotonic() - began
    ends = [event.data for event in read_journal(folder / "incident" / FILE) if event.type == "step.finished"]
    return ends[-1], int(done.stdout) / 1024, seconds


def size_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


@pytest.mark.parametrize("script", STUBBORN.values(), ids=STUBBORN)
def test_what_will_not_end_is_ended(tmp_path: Path, script: str) -> None:
    end, memory, seconds = run_plan(tmp_path, script)
    assert end["result"] == "timeout"
    assert seconds < PATIENCE
    assert group_of(tmp_path) == []
    assert memory < MEMORY_MB
    assert size_mb(tmp_path / "incident") < FOLDER_MB
    assert not list((tmp_path / "incident" / ".state").rglob("*"))


def group_of(folder: Path) -> list[int]:
    """Who lives of the step's group, which is named after its shim."""
    return group_members(int((folder / "group").read_text()))


def test_a_flood_that_ends_in_time_passes_in_flat_memory(tmp_path: Path) -> None:
    end, memory, _ = run_plan(tmp_path, "yes | head -c 200M", timeout="60s")
    assert end["result"] in ("passed", "failed"), "a flood may be cut"
    assert memory < MEMORY_MB
    assert size_mb(tmp_path / "incident") < FOLDER_MB


@slow
def test_two_gigabytes_cost_neither_memory_nor_disk(tmp_path: Path) -> None:
    _, memory, _ = run_plan(tmp_path, "yes | head -c 2G", timeout="100s")
    assert memory < MEMORY_MB
    assert size_mb(tmp_path / "incident") < FOLDER_MB


DAEMONS = {
    "setsid": "setsid sleep 60 & echo $! > daemon; sleep 60",
    "double fork": "(setsid bash -c 'echo $$ > daemon; exec sleep 60' &) ; sleep 60",
    "ignores TERM": "setsid bash -c 'trap \"\" TERM HUP; echo $$ > daemon; sleep 60' & sleep 60",
}


@pytest.mark.parametrize("script", DAEMONS.values(), ids=DAEMONS)
def test_a_daemon_that_left_the_group_is_named_and_not_killed(tmp_path: Path, script: str) -> None:
    """It may be the service that the step was to start; who cannot be ended has to be said."""
    end, _, seconds = run_plan(tmp_path, script, timeout="1s")
    daemon = pid_in(tmp_path / "daemon")
    try:
        assert (end["result"], group_of(tmp_path)) == ("timeout", [])
        assert is_running(daemon)
        assert f"still runs: {daemon} (" in end["detail"]
        assert seconds < PATIENCE
    finally:
        os.kill(daemon, signal.SIGKILL)


def test_a_daemon_that_a_step_leaves_behind_when_it_ends_is_its_own_affair(tmp_path: Path) -> None:
    end, _, seconds = run_plan(tmp_path, "setsid sleep 60 & echo $! > daemon", timeout="20s")
    os.kill(pid_in(tmp_path / "daemon"), signal.SIGKILL)
    assert (end["result"], end["detail"]) == ("passed", "")
    assert seconds < PATIENCE
