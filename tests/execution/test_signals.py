"""Signals to a real runner process: it ends in order, nothing is lost, and a second signal is immediate."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.plans.load import load_plan
from tests.execution.conftest import HEAD, Stage
from tests.execution.test_crash import wait_for
from tests.execution.test_process import is_running, pid_in

PLAN = """
phases:
  - id: one
    steps:
      - {id: first, run: echo first >> log}
      - id: second
        idempotent: true
        run: |
          echo second >> log
          echo $$ > pid
          TRAP
          touch ready
          until test -e go; do sleep 0.02 || true; done
      - {id: third, run: echo third >> log}
"""


HURRIED = ("-m", "tests.execution.crash_run")
PATIENT = """\
import sys
from pathlib import Path
from rollback_gov.execution import bash
from tests.execution.crash_run import run
bash.HURRIED_GRACE = 120
sys.exit(run(Path(sys.argv[1]), quiet=False))
"""
"""A runner that leaves its steps two minutes to end in order."""


@contextmanager
def runner(folder: Path, trap: str = "true", how: tuple[str, ...] = HURRIED) -> Iterator[subprocess.Popen[str]]:
    """A runner in the middle of its second step."""
    (folder / "plan.yaml").write_text(HEAD + PLAN.replace("TRAP", trap))
    command = [sys.executable, *how, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_for((folder / "ready").exists)
        yield process
    finally:
        (folder / "go").touch()
        process.kill()
        process.communicate()


def ends_of_steps(folder: Path) -> dict[str, str]:
    events = read_journal(folder / "incident" / FILE)
    return {event.data["step"]: event.data["result"] for event in events if event.type == "step.finished"}


def resumed(folder: Path) -> list[str]:
    (folder / "go").touch()
    assert Stage(folder=folder, plan=load_plan(folder / "plan.yaml").require()).run().result == "passed"
    return (folder / "log").read_text().split()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_in_order_and_it_can_be_resumed(tmp_path: Path, number: signal.Signals) -> None:
    with runner(tmp_path) as process:
        process.send_signal(number)
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == (
        f"The run run-1 was interrupted by {number.name}; nothing of it is lost.\n"
        "Go on with: rollback-gov resume run-1\n"
    )
    assert "second" in out
    assert not is_running(pid_in(tmp_path / "pid"))
    last = read_journal(tmp_path / "incident" / FILE)[-1]
    said = {"signal": number.name, "by": "", "reason": "", "open": "phases/one/second"}
    assert (last.type, last.data) == ("run.interrupted", said)
    assert ends_of_steps(tmp_path)["phases/one/second"] == "interrupted"
    assert resumed(tmp_path) == ["first", "second", "second", "third"]


def test_ctrl_c_reaches_the_runner_and_not_its_steps(tmp_path: Path) -> None:
    """A terminal sends it to the whole foreground group; steps are in sessions of their own."""
    (tmp_path / "plan.yaml").write_text(HEAD + PLAN.replace("TRAP", "trap 'touch hit' INT"))
    command = [sys.executable, "-m", "tests.execution.crash_run", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0)
    wait_for((tmp_path / "ready").exists)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 130
    assert not (tmp_path / "hit").exists()


def test_a_second_signal_is_immediate_and_the_step_can_be_adopted(tmp_path: Path) -> None:
    with runner(tmp_path, trap="trap 'touch hit' TERM", how=("-c", PATIENT)) as process:
        process.send_signal(signal.SIGTERM)
        wait_for((tmp_path / "hit").exists)
        assert process.poll() is None, "the step goes on, and has two minutes"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 130
        assert is_running(pid_in(tmp_path / "pid"))
    assert "phases/one/second" not in ends_of_steps(tmp_path)
    assert resumed(tmp_path) == ["first", "second", "third"]


def test_a_runner_whose_terminal_hangs_up_is_like_one_that_was_killed(tmp_path: Path) -> None:
    with runner(tmp_path) as process:
        process.send_signal(signal.SIGHUP)
        assert process.wait(60) == -signal.SIGHUP
        assert is_running(pid_in(tmp_path / "pid"))
    assert resumed(tmp_path) == ["first", "second", "third"]
