"""Questions of a run without a terminal, answered from another process: seen in `status`, chosen with `approve`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.room import Room, wait_for

TROUBLE = """\
phases:
  - id: back
    name: Go back
    budget: 40s
    steps: [{id: load, run: 'echo x >> tries; test -e fixed', timeout: 5s}]
troubleshooting:
  - {phase: back, when: the port is in use, remedies: [{id: free, name: Free the port, run: touch fixed}]}
"""
UNKNOWN = """\
phases:
  - id: back
    budget: 40s
    steps:
      - id: load
        timeout: 5s
        run: |
          echo x >> tries
          kill -KILL "$(cut -d ' ' -f 4 /proc/$PPID/stat)"
          kill -KILL -$PPID
"""
"""The step ends its executor, its shim and itself."""


def asked(room: Room, name: str) -> bool:
    waits = {data["step"] for data in room.of("gate.waiting")} - {data["step"] for data in room.of("gate.decided")}
    return name in waits


def test_a_failed_phase_is_helped_from_elsewhere(tmp_path: Path) -> None:
    room = Room(tmp_path, TROUBLE)
    run = room.process(*room.execute("--yes", "--wait", "1m", "--no-ladder"))
    wait_for(lambda: asked(room, "help/phases/back"))
    name = room.incident.name
    shown = room.gov("status", name)[1]
    assert "waits: Go back failed. What now? a number runs that remedy (1 Free the port), 'again' tries" in shown
    assert "    of: anybody\n" in shown
    commands = [
        f"    rollback-gov approve {name} help/phases/back --choose {choice}" for choice in (1, "again", "stop")
    ]
    assert [line for line in shown.splitlines() if "--choose" in line] == commands
    code, _, err = room.gov("approve", name, "--as", "ben")
    assert code == 2
    assert "A yes or a no does not answer help/phases/back" in err
    assert f"  rollback-gov approve {name} help/phases/back --choose again" in err
    assert room.gov("approve", name, "--choose", "7")[0] == 2
    words = ("approve", name, "phases/back", "--as", "ben", "--reason", "the old process hung")
    assert room.gov(*words, "--choose", "1")[1].startswith("help/phases/back: 1 by ben\n  question  Go back failed.")
    wait_for(lambda: len(room.of("gate.waiting")) == 2)
    assert room.gov("approve", name, "--choose", "again", "--as", "ben")[0] == 0
    out, err = run.communicate(timeout=60)
    assert run.returncode == 0, out + err
    assert (room.plan.parent / "tries").read_text() == "x\nx\n"
    report = (room.incident / "incident_report.md").read_text(encoding="utf-8")
    assert "ben" in report
    assert "the old process hung" in report


def test_a_step_whose_end_nobody_knows_is_decided_from_elsewhere(tmp_path: Path) -> None:
    room = Room(tmp_path, UNKNOWN)
    process = room.process(*room.execute("--yes", "--no-ladder"))
    process.communicate(timeout=60)
    name = room.incident.name
    resumed = room.process("resume", name, "--yes", "--as", "ann", "--wait", "1m")
    wait_for(lambda: asked(room, "unknown/phases/back/load"))
    (question,) = json.loads(room.gov("status", name, "--json")[1])["questions"]
    assert question["answers"][0] == f"rollback-gov approve {name} unknown/phases/back/load --choose done"
    assert room.gov("approve", name, "load", "--choose", "done", "--reason", "I looked", "--as", "ben")[0] == 0
    out, err = resumed.communicate(timeout=60)
    assert resumed.returncode == 0, out + err
    assert (room.plan.parent / "tries").read_text() == "x\n"
    report = (room.incident / "incident_report.md").read_text(encoding="utf-8")
    assert "I looked" in report
    assert "unknown end decided" in report


def test_a_no_and_a_choice_are_not_both_an_answer(tmp_path: Path) -> None:
    room = Room(tmp_path, TROUBLE)
    code, _, err = room.gov("approve", "latest", "--deny", "--choose", "stop")
    assert code == 2
    assert "not both" in err


@pytest.mark.parametrize("words", [(), ("--wait", "1s")])
def test_nobody_anywhere_ends_in_a_failure_and_not_in_a_hang(tmp_path: Path, words: tuple[str, ...]) -> None:
    room = Room(tmp_path, TROUBLE)
    assert room.gov(*room.execute("--yes", "--no-ladder", *words))[0] == 5
    assert [data["decision"] for data in room.of("gate.decided")] == (["deadline"] if words else [])
