"""A run that is ended from another process: at once or after its step, recorded, and only once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rollback_gov.execution.inbox import Cancel, leave_cancel
from tests.cli.room import GATED, QUICK, Room, wait_for


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine may be slow."""
    monkeypatch.setattr("rollback_gov.cli.cancel.PATIENCE_SECONDS", 60.0)


LONG = """\
phases:
  - id: back
    budget: 5m
    steps:
      - id: load
        idempotent: true
        timeout: 4m
        run: |
          echo "$ATTEMPT" >> begun
          until test -e go; do sleep 0.02; done
          echo "$ATTEMPT" >> ended
      - {id: next, run: echo next >> ended, timeout: 5s}
"""


def lines(room: Room, name: str) -> list[str]:
    path = room.plan.parent / name
    return path.read_text().split() if path.exists() else []


def test_the_step_is_killed_and_who_and_why_is_written_down(tmp_path: Path) -> None:
    room = Room(tmp_path, LONG)
    run = room.process(*room.execute())
    wait_for(lambda: lines(room, "begun"))
    code, out, _ = room.gov("cancel", "latest", "--reason", "the wrong plan", "--as", "ben")
    name = room.incident.name
    assert (code, out) == (0, f"{name} has ended. Go on with: rollback-gov resume {name}\n")
    _, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert f"rollback-gov resume {name}" in err
    assert room.of("cancel.requested") == [{"by": "ben", "reason": "the wrong plan", "after_step": False}]
    assert room.events()[-1]["type"] == "run.interrupted"
    assert room.of("run.interrupted") == [
        {"signal": "cancel", "by": "ben", "reason": "the wrong plan", "open": "phases/back/load"}
    ]
    assert lines(room, "ended") == []
    assert list((room.incident / "inbox").iterdir()) == []

    (room.plan.parent / "go").touch()
    assert room.gov("resume", name, "--yes", "--as", "ann")[0] == 0
    assert lines(room, "ended") == ["2", "next"]


def test_the_step_may_end_first(tmp_path: Path) -> None:
    room = Room(tmp_path, LONG)
    run = room.process(*room.execute())
    wait_for(lambda: lines(room, "begun"))
    code, out, _ = room.gov("cancel", "latest", "--after-step", "--reason", "enough", "--as", "ben", "--json")
    assert code == 0
    assert json.loads(out)["noticed"] is True
    assert "ends after the step that runs" in json.loads(out)["text"]
    assert "to be ended by ben: enough" in room.gov("status")[1]
    assert run.poll() is None
    (room.plan.parent / "go").touch()
    run.communicate(timeout=60)
    assert run.returncode == 130
    assert lines(room, "ended") == ["1"], "the step that ran has ended, and no other one began"
    assert room.of("run.interrupted") == [{"signal": "cancel", "by": "ben", "reason": "enough", "open": ""}]
    assert "  ended by ben: enough" in room.gov("status")[1].splitlines()


def test_a_second_thought_ends_it_at_once(tmp_path: Path) -> None:
    room = Room(tmp_path, LONG)
    run = room.process(*room.execute())
    wait_for(lambda: lines(room, "begun"))
    assert room.gov("cancel", "latest", "--after-step", "--reason", "enough")[0] == 0
    assert room.gov("cancel", "latest", "--reason", "now")[0] == 0
    run.communicate(timeout=60)
    assert run.returncode == 130
    assert lines(room, "ended") == []


def test_a_run_that_waits_at_a_gate_ends_too(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED)
    run = room.process(*room.execute())
    wait_for(lambda: room.of("gate.waiting"))
    assert room.gov("cancel", room.incident.name, "--reason", "later")[0] == 0
    run.communicate(timeout=60)
    assert run.returncode == 130


def test_a_wish_of_yesterday_does_not_end_the_resume_of_today(tmp_path: Path) -> None:
    room = Room(tmp_path, LONG)
    run = room.process(*room.execute())
    wait_for(lambda: lines(room, "begun"))
    run.kill()
    run.communicate()
    leave_cancel(room.incident, Cancel(by="ben", reason="yesterday", after_step=False))
    (room.plan.parent / "go").touch()
    assert room.gov("resume", "latest", "--yes", "--as", "ann")[0] == 0
    assert room.of("cancel.requested") == []


def test_where_nobody_runs_there_is_nothing_to_end(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED)
    run = room.process(*room.execute())
    wait_for(lambda: room.of("gate.waiting"))
    run.kill()
    run.communicate()
    code, _, err = room.gov("cancel", "latest", "--reason", "x")
    assert code == 1
    assert f"Nobody runs {room.incident.name} (it is dead): there is no process to end." in err
    assert f"rollback-gov resume {room.incident.name}" in err
    assert "--override unfinished-run" in err
    assert not (room.incident / "inbox" / "cancel").exists()


def test_a_run_that_has_ended_and_a_wish_without_a_reason(tmp_path: Path) -> None:
    room = Room(tmp_path, QUICK)
    assert room.gov(*room.execute("--yes"))[0] == 0
    code, _, err = room.gov("cancel", "latest", "--reason", "x")
    assert code == 2
    assert "has ended (passed): there is nothing to cancel" in err
    assert room.gov("cancel", "latest", "--reason", " ")[0] == 2
    assert room.gov("cancel", "latest")[0] == 2


def test_a_secret_in_the_reason_is_masked(tmp_path: Path) -> None:
    room = Room(tmp_path, LONG, environ={"API_TOKEN": "hunter2hunter2"})
    run = room.process(*room.execute())
    wait_for(lambda: lines(room, "begun"))
    assert room.gov("cancel", "latest", "--reason", "hunter2hunter2 leaked")[0] == 0
    run.communicate(timeout=60)
    assert room.of("cancel.requested")[0]["reason"] == "*** leaked"


def test_whoever_cancels_one_region_is_told_that_the_others_end_too(tmp_path: Path) -> None:
    """Each region has its own folder, and all of them one process."""
    room = Room(tmp_path, "regions: {order: [eu, us], strategy: {max_parallel: 2}}\n" + LONG)
    run = room.process(*room.execute())
    wait_for(lambda: len(list(tmp_path.glob("incidents/*/regions/*/.state/*/*/process"))) == 2)
    name = next(tmp_path.glob("incidents/*/regions")).parent.name
    code, out, _ = room.gov("cancel", f"{name}.eu", "--reason", "only eu", "--as", "ben")
    assert code == 0
    assert f"It is a region of {name}: all of that run ends, the other regions too." in out
    run.communicate(timeout=60)
    assert run.returncode == 130


def test_a_run_that_was_just_ending_is_not_said_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wish was noticed, and nothing was left to do."""
    room = Room(tmp_path, GATED)
    run = room.process(*room.execute())
    wait_for(lambda: room.of("gate.waiting"))

    def left(folder: Path, _wish: Cancel) -> Path:
        assert room.gov("approve", "latest", "--as", "ben")[0] == 0
        run.communicate(timeout=60)
        return folder / "inbox" / "noticed"

    monkeypatch.setattr("rollback_gov.commands.cancel.leave_cancel", left)
    code, out, _ = room.gov("cancel", "latest", "--reason", "x", "--as", "cy")
    assert code == 0
    assert out == f"{room.incident.name} has ended by itself, before the wish could end it: passed.\n"
