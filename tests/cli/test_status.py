"""How runs stand, for people and for programs."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from tests.cli.room import GATED, Room, at_terminal, wait_for


def test_a_run_that_has_ended(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert room.gov(*room.execute("--yes"))[0] == 0
    code, out, _ = room.gov("status")
    first, phase, step, verification, following = out.splitlines()
    assert code == 0
    assert first.startswith(f"{room.incident.name}: passed (")
    assert first.endswith("s of 1m)")
    assert phase.startswith("  phases/back: passed in ")
    assert phase.endswith("s of 20.0s")
    assert step.startswith("    load: passed in ")
    assert verification.startswith("  verification: passed in ")
    assert following == f"  next: read the report: rollback-gov report incident {room.incident.name}"


def test_a_run_that_failed_cannot_be_resumed_and_nobody_says_so(tmp_path: Path) -> None:
    room = Room(tmp_path, "phases: [{id: back, budget: 9s, steps: [{id: load, run: exit 7, timeout: 5s}]}]\n")
    assert room.gov(*room.execute("--yes"))[0] == 5
    code, out, _ = room.gov("status", room.incident.name)
    assert code == 0
    assert ": failed (" in out
    assert "    load: failed in " in out
    assert "it is NOT rolled back" in out
    assert "resume" not in out


def test_a_run_that_goes_on_was_interrupted_and_whose_process_is_gone(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED)
    process = room.process(*room.execute())
    wait_for(lambda: room.of("gate.waiting"))
    run = room.incident.name

    _, out, _ = room.gov("status")
    assert out.startswith(f"{run}: waiting (")
    assert " left, done by about " in out.splitlines()[0]
    assert "  now: phases/drain/ask since " in out
    assert "  waits: Close the shop? (until " in out
    assert f"    rollback-gov approve {run} phases/drain/ask\n" in out
    assert "resume" not in out
    (row,) = json.loads(room.gov("status", "--all", "--json")[1])
    assert (row["run"], row["state"], row["phase"], row["gates"]) == (
        run,
        "waiting",
        "phases/drain",
        ["phases/drain/ask"],
    )

    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"rollback-gov resume {run}" in err
    _, out, _ = room.gov("status", run)
    assert out.startswith(f"{run}: interrupted (")
    assert out.endswith(f"go on: rollback-gov resume {run}\n")

    again = room.process("resume", run, "--as", "ben")
    wait_for(lambda: len(room.of("gate.waiting")) == 2)
    assert json.loads(room.gov("status", "--json")[1])["state"] == "waiting"
    again.kill()
    again.communicate()
    state = json.loads(room.gov("status", run, "--json")[1])
    assert (state["state"], state["open"], state["now"]) == ("dead", ["phases/drain/ask"], None)
    assert state["next"] == f"its process is gone; take it over: rollback-gov resume {run}"


def test_all_runs_and_none(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert room.gov("status", "--all")[1].startswith("There are no runs in ")
    assert room.gov("status", "--all", "--json")[1] == "[]\n"
    for _ in range(2):
        assert room.gov(*room.execute("--yes"))[0] == 0
    (tmp_path / "incidents" / "op-3-broken").mkdir()
    (tmp_path / "incidents" / "op-3-broken" / "journal.jsonl").write_text("nothing\n")
    code, out, _ = room.gov("status", "--all")
    assert code == 0
    assert out.count(" passed ") == 2
    assert "op-3-broken/journal.jsonl:1: the line is not an event." in out


def test_watching_all_is_wrong_usage(tmp_path: Path) -> None:
    assert Room(tmp_path).gov("status", "--all", "--watch")[0] == 2


def test_a_run_that_is_not_there(tmp_path: Path) -> None:
    room = Room(tmp_path)
    code, _, err = room.gov("status")
    assert code == 2
    assert "There is no run 'latest' in " in err
    assert "There is no run there at all." in err


def test_looking_on_in_a_log_is_a_line_a_change_until_the_end(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED)
    run = room.process(*room.execute())
    wait_for(lambda: room.of("gate.waiting"))
    watch, programs = room.process("status", "--watch"), room.process("status", "--watch", "--json")
    assert watch.stdout is not None
    assert programs.stdout is not None
    assert "waits: Close the shop?" in watch.stdout.readline()
    assert json.loads(programs.stdout.readline())["state"] == "waiting"
    assert room.gov("approve", "latest", "--as", "ben")[0] == 0
    run.communicate(timeout=60)
    out, _ = watch.communicate(timeout=60)
    assert watch.returncode == 0
    assert f"{room.incident.name}: passed (" in out
    assert "read the report" in out
    documents = [json.loads(line) for line in programs.communicate(timeout=60)[0].splitlines()]
    assert documents[-1]["state"] == "passed"


def test_looking_on_at_a_terminal_is_a_block_that_goes_away_at_the_end(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED, environ={"TERM": "xterm"})
    run = room.process(*room.execute())
    wait_for(lambda: room.of("gate.waiting"))
    with at_terminal(room, "status", "--watch") as seat:
        seat.read_until("waits: Close the shop?")
        assert "WAITING" in seat.seen
        assert room.gov("approve", "latest", "--as", "ben")[0] == 0
        run.communicate(timeout=60)
        code, seen = seat.end()
    assert code == 0
    assert "\x1b[J" in seen
    assert seen.rstrip().endswith(f"rollback-gov report incident {room.incident.name}")


def test_looking_on_at_a_run_that_nobody_runs_ends_at_once(tmp_path: Path) -> None:
    room = Room(tmp_path, GATED)
    run = room.process(*room.execute())
    wait_for(lambda: room.of("gate.waiting"))
    run.kill()
    run.communicate()
    code, out, _ = room.gov("status", "--watch")
    assert code == 0
    assert f"take it over: rollback-gov resume {room.incident.name}" in out


def test_the_latest_is_the_one_that_was_run_last_whichever_report_was_written_last(tmp_path: Path) -> None:
    room = Room(tmp_path)
    for _ in range(2):
        assert room.gov(*room.execute("--yes"))[0] == 0
    older, newer = sorted(path.name for path in (tmp_path / "incidents").glob("*-execute*"))
    for name in (older, newer):
        os.utime(tmp_path / "incidents" / name / "journal.jsonl", (1, 1 if name == older else 2))
    assert room.gov("report", "incident", older)[0] == 0
    assert room.gov("status", "latest")[1].startswith(f"{newer}: passed")
