"""``run`` steps: what a script is told, and how it is seen through."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rollback_gov.execution.process import GRACE_SECONDS, HURRIED_GRACE, Process
from rollback_gov.model.errors import Interrupted
from tests.execution.conftest import Stage
from tests.execution.test_process import is_running, pid_in

Make = Callable[..., Stage]


def test_a_script_is_told_where_it_is(stage: Make) -> None:
    run = stage("""
phases:
  - id: one
    steps:
      - id: a
        env: {COLOUR: red, PARAMETER: of the step}
        run: |
          echo "$OPERATION $ENVIRONMENT $RUN_ID $STEP $ATTEMPT $COLOUR $PARAMETER"
          test "$BASELINE" = "$PWD/baseline/staging"
          test -d "$INCIDENT_DIR"
""")
    run.parameters = {"PARAMETER": "of the plan"}
    assert run.run().result == "passed"
    out = run.incident / run.of("step.finished")[0]["stdout"]
    assert out.read_text() == "op-1 staging run-1 phases/one/a 1 red of the step\n"


def test_a_script_never_sees_our_own_key_nor_a_file_that_bash_would_run_first(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: 'env; declare -p hurt || true'}]}]")
    (run.folder / "first.sh").write_text("hurt=1")
    first = str(run.folder / "first.sh")
    run.environ |= {"ROLLBACK_GOV_KEY": "our-own-key", "BASH_ENV": first, "ENV": first, "KEPT": "yes"}
    assert run.run().result == "passed"
    out = (run.incident / "outputs" / "phases.one.a.1.out").read_text()
    assert "KEPT=yes" in out
    assert "our-own-key" not in out
    assert "hurt" not in out


def test_a_value_is_data_and_never_a_command(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: 'printf %s \"$VALUE\"'}]}]")
    run.parameters = {"VALUE": "$(touch hurt); `touch hurt`; '\"; touch hurt #"}
    assert run.run().result == "passed"
    assert (run.incident / "outputs" / "phases.one.a.1.out").read_text() == run.parameters["VALUE"]
    assert not (run.folder / "hurt").exists()


def test_a_script_that_cannot_be_started_fails_with_the_reason(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: 'true', on_failure: continue}, {id: b, run: 'true'}]}]")
    run.parameters = {"VALUE": "x" * 1_048_576}
    assert run.run().result == "failed"
    assert run.of("step.finished")[0]["detail"].startswith("The script could not be started: Argument list too long")
    run.parameters = {"VALUE": "\0"}
    (run.incident / "journal.jsonl").unlink()
    assert run.run().result == "failed"
    assert run.of("step.finished")[0]["detail"] == "The script could not be started: embedded null byte."


def test_a_step_that_kills_its_shim_fails_and_leaves_nothing_running(stage: Make, tmp_path: Path) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: 'echo $$ > pid; kill -9 $PPID; sleep 60'}]}]")
    assert run.run().result == "failed"
    assert run.of("step.finished")[0]["exit"] == 137
    assert not is_running(pid_in(tmp_path / "pid"))


FORGERIES = {
    "an exit code": 'echo 0 > "$state/exit"; sleep 60',
    "nonsense": 'echo nonsense > "$state/exit"; echo nonsense > "$state/process"; sleep 60',
    "another process": 'sed -i "2s/^[0-9]* /1 /" "$state/process"; sleep 60',
    "nothing at all": 'rm -rf "$state"; sleep 60',
    "folders": 'rm -rf "$state"; mkdir -p "$state/exit" "$state/stdout"; sleep 60',
    "no room": 'rm -rf "$state"; touch "$state"; sleep 60',
}


@pytest.mark.parametrize("text", FORGERIES.values(), ids=FORGERIES)
def test_a_step_that_meddles_with_its_state_still_has_its_deadline(stage: Make, text: str) -> None:
    """It may: it is the same user. It harms itself alone."""
    run = stage(f"""
phases:
  - id: one
    steps:
      - id: a
        timeout: 300ms
        run: |
          state=$(dirname "$0")
          {text}
""")
    assert run.run().result == "failed"
    assert run.results() == {"phases/one/a": "timeout"}


def test_a_step_that_prints_faster_than_anybody_reads_still_has_its_deadline(stage: Make) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: 'yes abcdefghijklmnopqrstuvwxyz', timeout: 1s}]}]")
    began = time.monotonic()
    assert run.run().result == "failed"
    assert time.monotonic() - began < 60, "it prints for ever"
    assert run.results() == {"phases/one/a": "timeout"}
    kept = run.incident / run.of("step.finished")[0]["stdout"]
    assert kept.stat().st_size < 11_000_000
    assert list((run.incident / ".state").iterdir()) == []


def test_a_daemon_that_goes_on_printing_does_not_hold_the_run(stage: Make, tmp_path: Path) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: 'setsid yes & echo $! > daemon', timeout: 60s}]}]")
    try:
        assert run.run().result == "passed"
        assert run.of("step.finished")[0]["seconds"] < 30, "half of its timeout"
    finally:
        os.kill(pid_in(tmp_path / "daemon"), signal.SIGKILL)


def test_the_wish_to_stop_ends_a_step_that_ignores_term(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a hurry: a runner has ten seconds to end in order."""
    assert HURRIED_GRACE == 2 < GRACE_SECONDS
    monkeypatch.setattr(Process.kill, "__kwdefaults__", {"grace": 120})
    run = stage("phases: [{id: one, steps: [{id: a, run: \"trap '' TERM; touch ready; sleep 60; sleep 60\"}]}]")

    def wish() -> None:
        while not (run.folder / "ready").exists():
            time.sleep(0.01)
        run.stop.signal = "SIGTERM"

    thread = threading.Thread(target=wish)
    thread.start()
    began = time.monotonic()
    with pytest.raises(Interrupted):
        run.run()
    thread.join()
    assert time.monotonic() - began < 30, "it is not in a hurry"
    assert run.results() == {"phases/one/a": "interrupted"}
