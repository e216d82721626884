"""``execute``: what a person chooses beside the plan, and what follows a failure."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.cli.room import QUICK, Room, wait_for

FAILS = """\
phases: [{id: back, name: Go back, budget: 20s, steps: [{id: load, run: exit 3, timeout: 5s}]}]
escalation:
  - {on: failed, after: 0m, level: 1, actions: [Read the log]}
  - {on: failed, after: 1h, level: 2, actions: [Call the head of the shop]}
"""
LAST = QUICK + "last_resort: [{id: rebuild, name: Build anew, steps: [{id: new, run: echo new > shop}]}]\n"
UNSAFE = QUICK + "safety_checks: [{id: quiet, name: Nobody shops, run: 'false'}]\n"


def test_a_last_resort_that_was_decided_takes_the_place_of_the_phases(tmp_path: Path) -> None:
    room = Room(tmp_path, LAST)
    code, out, _ = room.gov(*room.execute("--yes", "--last-resort", "the disk is gone"))
    assert code == 0
    assert "last resort, decided by ann: the disk is gone" in out
    assert [data["phase"] for data in room.of("phase.started")] == ["last_resort/rebuild", "verification"]
    report = (room.incident / "incident_report.md").read_text(encoding="utf-8")
    assert "ann begins the last resort" in report


def test_a_plan_without_one_says_so_before_anything_happens(tmp_path: Path) -> None:
    room = Room(tmp_path, QUICK)
    code, _, err = room.gov(*room.execute("--yes", "--last-resort", "why not"))
    assert code == 2
    assert "The plan has no `last_resort`." in err
    assert not list(tmp_path.glob("incidents/*/journal.jsonl"))


def test_a_failed_rollback_calls_people_until_somebody_takes_over(tmp_path: Path) -> None:
    room = Room(tmp_path, FAILS)
    process = room.process(*room.execute("--yes"))
    wait_for(lambda: "failure" in [data["step"] for data in room.of("gate.waiting")])
    record = json.loads((room.incident / "failure_record.json").read_text(encoding="utf-8"))
    assert record["rollback_failure"]["failure_reason"] == "phase 'back' failed"
    assert room.gov("approve", "latest", "failure", "--as", "ben")[0] == 0
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 5
    assert "the escalation ladder goes on: 1h after the failure" in out
    assert "ben takes over" in out
    record = json.loads((room.incident / "failure_record.json").read_text(encoding="utf-8"))
    assert record["rollback_failure"]["taken_over_by"] == "ben"


def test_a_ladder_whose_process_is_gone_says_who_was_not_called_and_goes_on(tmp_path: Path) -> None:
    room = Room(tmp_path, FAILS)
    process = room.process(*room.execute("--yes"))
    wait_for(lambda: "failure" in [data["step"] for data in room.of("gate.waiting")])
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 5
    name = room.incident.name
    assert f"nobody else is called until it goes on with\n    rollback-gov resume {name}\n" in out
    said = f"it is NOT rolled back, and nobody calls level 2 of its escalation ladder: rollback-gov resume {name}"
    assert f"  next: {said}\n" in room.gov("status", name)[1]
    report = (room.incident / "incident_report.md").read_text(encoding="utf-8")
    assert (
        "NOT called: level 2, 1h after the failure, because the process that walked the ladder was ended by SIG"
        in report
    )
    record = json.loads((room.incident / "failure_record.json").read_text(encoding="utf-8"))["rollback_failure"]
    assert [(rung["level"], rung["after_seconds"]) for rung in record["not_called"]] == [(2, 3600)]
    assert record["taken_over_by"] == ""

    resumed = room.process("resume", name, "--yes", "--as", "ann")
    wait_for(lambda: [data["step"] for data in room.of("gate.waiting")] == ["failure", "failure"])
    assert room.gov("approve", name, "failure", "--as", "ben")[0] == 0
    out, err = resumed.communicate(timeout=60)
    assert resumed.returncode == 5, out + err
    assert "its escalation ladder goes on" in out
    report = (room.incident / "incident_report.md").read_text(encoding="utf-8")
    assert "because ben had taken over" in report
    code, _, err = room.gov("resume", name, "--yes")
    assert code == 2
    assert "has ended" in err


def test_nobody_has_to_wait_for_the_ladder(tmp_path: Path) -> None:
    room = Room(tmp_path, FAILS)
    assert room.gov(*room.execute("--yes", "--no-ladder"))[0] == 5
    assert [data["level"] for data in room.of("escalated")] == [1]
    report = (room.incident / "incident_report.md").read_text(encoding="utf-8")
    assert "NOT called: level 2, 1h after the failure, because nobody walked the ladder." in report
    assert room.gov("resume", "latest", "--yes", "--no-ladder")[0] == 2


def test_a_refusal_waits_for_somebody_elsewhere(tmp_path: Path) -> None:
    room = Room(tmp_path, UNSAFE)
    process = room.process(*room.execute("--yes", "--wait", "1m"))
    wait_for(lambda: "override/safety" in [data["step"] for data in room.of("gate.waiting")])
    assert room.gov("approve", "latest", "--reason", "they are robots", "--as", "ben")[0] == 0
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert {"check": "safety", "reason": "they are robots", "by": "ben"} in room.of("override")


def test_without_waiting_it_stands(tmp_path: Path) -> None:
    room = Room(tmp_path, UNSAFE)
    code, _, err = room.gov(*room.execute("--yes"))
    assert code == 1
    assert "--override safety" in err


def test_how_long_to_wait_must_be_a_time(tmp_path: Path) -> None:
    room = Room(tmp_path, UNSAFE)
    code, _, err = room.gov(*room.execute("--wait", "soon"))
    assert (code, "--wait" in err) == (2, True)


def test_a_tool_that_this_run_does_not_need_is_a_warning(tmp_path: Path) -> None:
    two = "tools: [no-such-tool]\nscenarios: [{id: quick, phases: [back]}]\n" + QUICK.replace(
        "}]}]", "}]}, {id: more, budget: 20s, steps: [{id: x, run: no-such-tool, timeout: 5s}]}]"
    )
    room = Room(tmp_path, two)
    code, out, _ = room.gov(*room.execute("--yes", "--scenario", "quick"))
    assert code == 0
    assert "no-such-tool is not on PATH; only steps that are not part of this run need it" in out
    code, _, err = Room(tmp_path / "b", two).gov(*room.execute("--yes"))
    assert (code, "the plan needs no-such-tool" in err) == (1, True)


@pytest.mark.parametrize("reason", ["", " "])
def test_a_last_resort_without_a_reason_is_no_ordinary_rollback(tmp_path: Path, reason: str) -> None:
    room = Room(tmp_path, LAST)
    code, _, err = room.gov(*room.execute("--yes", "--last-resort", reason))
    assert (code, "Say why the last resort is taken" in err) == (2, True)
    assert room.events() == []


def test_a_dry_run_as_json_says_the_same(tmp_path: Path) -> None:
    room = Room(tmp_path, QUICK)
    _, text, _ = room.gov(*room.execute("--dry-run"))
    code, out, _ = room.gov(*room.execute("--dry-run", "--json"))
    assert (code, json.loads(out)["dry_run"]) == (0, text.splitlines())


@pytest.mark.parametrize("wrong", [("--param", "NOPE=1"), ("--journal-mirror", "ftp://x")])
def test_what_is_mistyped_leaves_no_folder(tmp_path: Path, wrong: tuple[str, str]) -> None:
    room = Room(tmp_path)
    assert room.gov(*room.execute("--yes", *wrong))[0] == 2
    assert [path.name for path in (tmp_path / "incidents").iterdir()] == [".locks"]


def test_nobody_is_sent_to_resume_a_run_whose_journal_is_damaged(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert room.gov(*room.execute())[0] == 0
    journal = room.incident / "journal.jsonl"
    journal.write_text(journal.read_text().replace("op-3", "op-4", 1))
    code, out, err = room.gov(*room.execute())
    assert code == 1
    assert f"the journal of the run {journal.parent.name} of this operation is damaged" in err
    assert "`resume` goes on" not in out + err
    assert f"{journal}:1: the line was changed" in err
    assert f"rollback-gov journal verify {journal.parent}" in err
    assert "--from-mirror ADDRESS" in err
    assert "--override unfinished-run" in err
    wish = ("--override", "unfinished-run", "--override-reason", "looked: nothing had run")
    assert room.gov(*room.execute(*wish))[0] == 0


@pytest.mark.parametrize("words", [("--option", "back=a", "--option", "back=b"), ("--param", "A=1", "--param", "A=2")])
def test_what_contradicts_itself_is_refused_before_anything_happens(tmp_path: Path, words: tuple[str, ...]) -> None:
    room = Room(tmp_path)
    code, _, err = room.gov(*room.execute(*words))
    assert code == 2
    assert f"'{words[1][: words[1].index('=')]}' is given twice, with different values. Leave one of them out." in err
    assert not (room.root / "incidents").exists()
