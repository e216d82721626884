"""A gate that is answered from another process while the run waits."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.room import GATED, Room, wait_for

TWO_GATES = """\
phases:
  - id: drain
    budget: 40s
    steps:
      - {id: ask, gate: {ask: Close the shop?, deadline: 30s}}
      - {id: close, run: echo closed > door, timeout: 5s}
      - {id: sure, gate: {ask: Are you sure?, deadline: 30s}}
"""


@contextmanager
def waiting(room: Room, gate: str = "phases/drain/ask") -> Iterator[subprocess.Popen[str]]:
    """A run that waits at the gate; it is killed at the end if it still does."""
    process = room.process(*room.execute())
    try:
        wait_for(lambda: gate in [data["step"] for data in room.of("gate.waiting")])
        yield process
    finally:
        process.kill()
        process.communicate()


def test_somebody_else_approves_and_the_run_goes_on(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED)
    with waiting(room) as process:
        code, out, _ = room.gov("approve", "latest", "--as", "ben")
        assert code == 0
        assert out.splitlines()[:2] == ["phases/drain/ask: approved by ben", "  question  Close the shop?"]
        digest = room.of("run.started")[0]["digests"]["executable"]
        assert f"  digest    {digest} (of what runs)\n" in out
        printed, _ = process.communicate(timeout=60)
        assert process.returncode == 0
    assert f"from elsewhere: rollback-gov approve {room.incident.name} phases/drain/ask" in printed
    (decided,) = room.of("gate.decided")
    assert (decided["decision"], decided["by"]) == ("approved", "ben")
    assert decided["executable"] == room.of("run.started")[0]["digests"]["executable"]
    assert (room.plan.parent / "door").is_file()
    report = (room.incident / "incident_report.md").read_text(encoding="utf-8")
    assert "| `phases/drain/ask` | Close the shop? | approved | ben |" in report


def test_somebody_says_no_and_the_rollback_fails(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED)
    with waiting(room) as process:
        words = ("approve", room.incident.name, "ask", "--deny", "--reason", "customers are inside", "--as", "ben")
        assert room.gov(*words)[1].startswith("phases/drain/ask: denied by ben\n")
        process.communicate(timeout=60)
        assert process.returncode == 5
    (decided,) = room.of("gate.decided")
    assert (decided["decision"], decided["reason"]) == ("denied", "customers are inside")
    assert not (room.plan.parent / "door").exists()


def test_whoever_started_it_needs_a_reason_that_is_recorded(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED)
    with waiting(room) as process:
        code, _, err = room.gov("approve", "latest", "--as", "ann")
        assert code == 1
        assert "ann started this run; somebody else approves its gates." in err
        assert "--reason TEXT" in err
        assert room.of("gate.decided") == []
        assert room.gov("approve", "latest", "--as", "ann", "--reason", "nobody else is awake")[0] == 0
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert ("gate phases/drain/ask", "nobody else is awake", "ann") in [
        (data["check"], data["reason"], data["by"]) for data in room.of("override")
    ]


def test_the_next_gate_needs_an_answer_of_its_own(tmp_path: Path) -> None:
    room = Room(tmp_path, TWO_GATES)
    with waiting(room) as process:
        code, _, err = room.gov("approve", "latest", "sure", "--as", "ben")
        assert code == 2
        assert "Name one gate that waits (waiting: phases/drain/ask)." in err
        assert room.gov("approve", "latest", "phases/drain/ask", "--as", "ben")[0] == 0
        wait_for(lambda: len(room.of("gate.waiting")) == 2)
        assert room.gov("approve", "latest", "--as", "cleo")[1].startswith("phases/drain/sure: approved by cleo\n")
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert [data["by"] for data in room.of("gate.decided")] == ["ben", "cleo"]


@pytest.mark.parametrize("run", ["latest", "op-3-nothing"])
def test_where_nothing_waits_nothing_is_left(tmp_path: Path, run: str) -> None:
    room = Room(tmp_path)
    assert room.gov(*room.execute("--yes"))[0] == 0
    code, _, err = room.gov("approve", run, "--as", "ben")
    assert code == 2
    assert ("waits for nobody" in err) is (run == "latest")
    assert ("Did you mean: op-3-" in err) is (run != "latest")
    assert not (room.incident / "inbox").exists()


def test_without_a_name_all_that_waits_is_listed_with_its_command(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED)
    assert room.gov("approve") == (0, "Nothing waits for a person.\n", "")
    with waiting(room):
        run = room.incident.name
        code, out, _ = room.gov("approve")
        first, *answers = out.splitlines()
        assert code == 0
        assert first.startswith(f"{run}: Close the shop? (for ")
        assert answers == [
            f"  rollback-gov approve {run} phases/drain/ask",
            f"  rollback-gov approve {run} phases/drain/ask --deny",
        ]
        (listed,) = json.loads(room.gov("approve", "--json")[1])
        assert (listed["run"], listed["step"], listed["ask"]) == (run, "phases/drain/ask", "Close the shop?")


def test_an_answer_for_programs_and_one_that_nobody_reads_yet(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED)
    with waiting(room):
        run = room.incident.name
    words = ("approve", run, "--as", "ann", "--reason", "alone here")
    answer = json.loads(room.gov(*words, "--json")[1])
    assert answer == {
        "run": run,
        "state": "dead",
        "step": "phases/drain/ask",
        "ask": "Close the shop?",
        "decision": "approved",
        "by": "ann",
        "reason": "alone here",
        "executable": room.of("run.started")[0]["digests"]["executable"],
        "subject": "",
    }
    out = room.gov(*words)[1].splitlines()
    assert out[2] == "  reason    alone here"
    assert out[-1] == f"  Nobody runs it now; the answer counts when it goes on: rollback-gov resume {run}"


def test_a_run_that_waits_for_nobody_says_how_it_stands(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert room.gov(*room.execute("--yes"))[0] == 0
    code, _, err = room.gov("approve", "latest", "ask")
    assert code == 2
    assert f"The run {room.incident.name} has ended (passed) and waits for nobody." in err
    assert f"rollback-gov status {room.incident.name}" in err
