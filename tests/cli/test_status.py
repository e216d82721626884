"""How a run stands, for people and for programs."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from tests.cli.room import GATED, Room, wait_for


def test_a_run_that_has_ended(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert room.gov(*room.execute("--yes"))[0] == 0
    code, out, _ = room.gov("status")
    first, *rest = out.splitlines()
    assert code == 0
    assert first.startswith(f"{room.incident.name}: passed (0.")
    assert first.endswith("s of 1m)")
    assert rest == ["  phases/back: passed", "    load: passed", "  verification: passed"]


def test_a_run_that_failed_cannot_be_resumed_and_nobody_says_so(tmp_path: Path) -> None:
    room = Room(tmp_path, "phases: [{id: back, budget: 9s, steps: [{id: load, run: exit 7, timeout: 5s}]}]\n")
    assert room.gov(*room.execute("--yes"))[0] == 5
    code, out, _ = room.gov("status", room.incident.name)
    assert code == 0
    assert ": failed (" in out
    assert "    load: failed\n" in out
    assert "resume" not in out


def test_a_run_that_goes_on_was_interrupted_and_whose_process_is_gone(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED)
    process = room.process(*room.execute())
    wait_for(lambda: room.of("gate.waiting"))
    run = room.incident.name

    _, out, _ = room.gov("status")
    assert out.splitlines()[0] == f"{run}: running (not ended of 1m)"
    assert f"  waiting: rollback-gov approve {run} phases/drain/ask\n" in out
    assert "  open: phases/drain/ask\n" in out
    assert "resume" not in out

    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert f"rollback-gov resume {run}" in err
    _, out, _ = room.gov("status", run)
    assert out.startswith(f"{run}: interrupted (not ended of 1m)\n")
    assert out.endswith(f"go on with: rollback-gov resume {run}\n")

    again = room.process("resume", run, "--as", "ben")
    wait_for(lambda: len(room.of("gate.waiting")) == 2)
    assert json.loads(room.gov("status", "--json")[1])["state"] == "running"
    again.kill()
    again.communicate()
    code, out, _ = room.gov("status", run, "--json")
    state = json.loads(out)
    assert code == 0
    assert state["state"] == "dead"
    assert state | {"last_event": ""} == {
        "run": run,
        "regions": [],
        "operation": "op-3",
        "environment": "production",
        "mode": "execute",
        "state": "dead",
        "seconds": None,
        "sla_seconds": 60.0,
        "phases": {"phases/drain": "begun"},
        "steps": {"phases/drain/ask": "begun"},
        "open": ["phases/drain/ask"],
        "gates": ["phases/drain/ask"],
        "last_event": "",
    }


def test_a_run_that_is_not_there(tmp_path: Path) -> None:
    room = Room(tmp_path)
    code, _, err = room.gov("status")
    assert code == 2
    assert "There is no run 'latest' in " in err
    assert "There is no run there at all." in err
