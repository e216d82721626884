"""What may be concluded from a folder without a trace of a step."""

from __future__ import annotations

from pathlib import Path

from rollback_gov.execution.postgres.elsewhere import take_over
from rollback_gov.execution.process import Script, remains, start
from tests.reports.journals import Story

STEP = "phases/a/go"
OPEN = Story().start().intent(STEP).events


def trace(folder: Path) -> Path:
    return folder / "phases.a.go.1" / "00001"


def test_where_it_did_not_run_an_open_step_is_unknown(tmp_path: Path) -> None:
    take_over(tmp_path, OPEN, 2)
    assert remains(trace(tmp_path)) == "unknown"


def test_where_it_ran_no_trace_means_that_it_never_started(tmp_path: Path) -> None:
    take_over(tmp_path, (), 1)
    take_over(tmp_path, OPEN, 2)
    assert remains(trace(tmp_path)) == "never started"


def test_a_folder_that_missed_an_owner_knows_nothing(tmp_path: Path) -> None:
    take_over(tmp_path, (), 1)
    take_over(tmp_path, OPEN, 3)
    assert remains(trace(tmp_path)) == "unknown"
    take_over(tmp_path, OPEN, 4)
    assert remains(trace(tmp_path)) == "unknown"


def test_a_trace_of_its_own_stays_one(tmp_path: Path) -> None:
    process = start(trace(tmp_path), Script("exit 3", {"PATH": "/usr/bin:/bin"}, tmp_path))
    process.wait(60)
    assert process.child is not None
    process.child.wait()
    take_over(tmp_path, OPEN, 7)
    assert remains(trace(tmp_path)) == "ended"


def test_steps_that_have_ended_are_left_alone(tmp_path: Path) -> None:
    story = Story().start().intent(STEP).finish(STEP)
    take_over(tmp_path, story.events, 2)
    assert not trace(tmp_path).exists()
