"""Seeing scripts through: output on its way, deadlines, the wish to stop, and questions that scripts answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rollback_gov.execution.bash import CAPTURED_BYTES, Outputs, ask_script, run_metric, run_script
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.execution.process import Script
from tests.execution.conftest import Stage

Make = Callable[..., Stage]


@pytest.fixture
def scene(stage: Make) -> Stage:
    return stage("phases: [{id: one, steps: [{id: a, run: 'true'}]}]")


def run(scene: Stage, text: str, *, seconds: float | None = None, folder: Path | None = None) -> Outcome:
    context = scene.context
    outputs = Outputs(
        stdout=scene.incident / "outputs" / "a.out",
        stderr=scene.incident / "outputs" / "a.err",
        show=context.console.stream,
    )
    script = context.script(text) if folder is None else Script(text, context.variables(), folder)
    deadline = None if seconds is None else context.clock.monotonic() + seconds
    return run_script(context, script, state=scene.incident / ".state" / "a", deadline=deadline, outputs=outputs)


def test_an_outcome_has_the_exit_code_and_both_outputs(scene: Stage) -> None:
    outcome = run(scene, "echo out; echo err >&2; exit 3")
    assert outcome == Outcome(exit=3, stdout="out\n", stderr="err\n")


def test_output_is_shown_while_the_script_runs(scene: Stage) -> None:
    thread = threading.Thread(target=lambda: run(scene, "echo early; until test -e go; do sleep 0.01; done"))
    thread.start()
    end = time.monotonic() + 60
    while scene.console.output != "early\n" and time.monotonic() < end:
        time.sleep(0.01)
    (scene.folder / "go").touch()
    thread.join()
    assert scene.console.output == "early\n"


def test_what_is_captured_is_the_beginning(scene: Stage) -> None:
    outcome = run(scene, "head -c 3000000 /dev/zero | tr '\\0' x")
    assert outcome.stdout == "x" * CAPTURED_BYTES
    assert (scene.incident / "outputs" / "a.out").stat().st_size == 3_000_000


def test_a_deadline_ends_a_script_and_keeps_what_it_said(scene: Stage) -> None:
    outcome = run(scene, "echo begun; sleep 60", seconds=0.2)
    assert (outcome.ending, outcome.exit, outcome.stdout) == (Ending.TIMEOUT, None, "begun\n")


def test_a_deadline_that_is_over_before_it_begins(scene: Stage) -> None:
    assert run(scene, "sleep 60", seconds=-1).ending is Ending.TIMEOUT


def test_a_script_that_is_done_in_time_is_done(scene: Stage) -> None:
    assert run(scene, "true", seconds=10).ending is Ending.DONE


def test_a_missing_folder_is_a_reason(scene: Stage) -> None:
    outcome = run(scene, "true", folder=scene.folder / "nowhere")
    assert outcome == Outcome(
        ending=Ending.ERROR,
        detail=f"The script could not be started: No such file or directory: {scene.folder / 'nowhere'}.",
    )
    assert not (scene.incident / ".state" / "a").exists()


def test_a_question_is_not_shown_and_its_answer_is_kept(scene: Stage) -> None:
    outcome = ask_script(scene.context, "echo 42", name="level", timeout=60)
    assert outcome.stdout == "42\n"
    assert scene.console.output == ""
    (kept,) = (scene.incident / "outputs").glob("probe-*-level.out")
    assert kept.read_text() == "42\n"
    assert list((scene.incident / ".state").iterdir()) == []


def test_a_question_has_a_timeout(scene: Stage) -> None:
    assert ask_script(scene.context, "sleep 60", name="slow", timeout=0.1).ending is Ending.TIMEOUT


def test_a_question_never_takes_the_place_of_one_that_a_dead_process_left(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from itertools import count

    for _ in range(2):
        monkeypatch.setattr("rollback_gov.execution.bash._probe_numbers", count(1))
        (scene.incident / ".state" / "probe-0002-x").mkdir(parents=True, exist_ok=True)
        assert ask_script(scene.context, "echo yes", name="x", timeout=60).exit == 0
    assert sorted(path.name for path in (scene.incident / "outputs").glob("*.out")) == [
        "probe-0001-x.out",
        "probe-0003-x.out",
    ]


@pytest.mark.parametrize(
    ("script", "exit_code", "stdout", "detail"),
    [("echo 7", 0, "7\n", ""), ("echo no; exit 3", 3, "no\n", ""), ("sleep 60", None, "", "timeout")],
)
def test_a_metric_may_come_from_a_command(
    scene: Stage, script: str, exit_code: int | None, stdout: str, detail: str
) -> None:
    outcome = run_metric(scene.context, script, timeout=0.3)
    assert (outcome.exit, outcome.stdout, outcome.detail) == (exit_code, stdout, detail)


def test_a_metric_command_that_cannot_start_says_why(scene: Stage) -> None:
    scene.parameters = {"VALUE": "\0"}
    outcome = run_metric(scene.context, "true", timeout=60)
    assert outcome.exit is None
    assert "could not be started" in outcome.detail


def test_a_script_that_prints_for_ever_does_not_fill_the_disk(scene: Stage) -> None:
    sizes: list[int] = []
    stop = threading.Event()

    def watch() -> None:
        raw = scene.incident / ".state" / "a" / "stdout"
        while not stop.wait(0.005):
            if raw.exists():
                sizes.append(raw.stat().st_blocks * 512)

    thread = threading.Thread(target=watch)
    thread.start()
    outcome = run(scene, "head -c 600000000 /dev/zero; echo ended >&2", seconds=60)
    stop.set()
    thread.join()
    assert outcome.stderr == "ended\n"
    assert max(sizes) < 300_000_000
