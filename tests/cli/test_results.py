"""How a run's end is shown, and that its exit code does not depend on who looks."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rollback_gov.cli.results import print_run
from rollback_gov.commands.run_summary import RunSummary
from rollback_gov.execution.answers import RunResult
from rollback_gov.model.duration import Duration
from rollback_gov.model.plan import Window
from tests.cli.room import QUICK, Room

FAILING = QUICK.replace("echo v2", "exit 7")


def summary(result: str = "passed", seconds: float = 42.0, sla: float = 60.0, detail: str = "") -> RunSummary:
    ended = RunResult(result=result, seconds=seconds, sla_seconds=sla, detail=detail)
    return RunSummary(run="op-3-1", folder=Path("incidents/op-3-1"), report=Path("report.md"), result=ended)


@pytest.mark.parametrize(
    ("ended", "lines"),
    [
        (summary(), ["Rollback PASSED", "42.0s of 1m (SLA met)"]),
        (summary(seconds=90), ["Rollback PASSED", "1m30s of 1m (SLA MISSED)"]),
        (
            summary("failed", detail="phase 'back' failed"),
            ["Rollback FAILED: phase 'back' failed", "(not rolled back)"],
        ),
        (summary("aborted", sla=0), ["Rollback ABORTED", "42.0s (not rolled back)"]),
    ],
)
def test_the_end_in_four_lines(ended: RunSummary, lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    print_run(ended, as_json=False)
    blank, title, run, duration, report, *rest = capsys.readouterr().out.splitlines()
    assert (blank, title) == ("", lines[0])
    assert run == "  run       op-3-1"
    assert duration.startswith("  duration  ")
    assert lines[1] in duration
    assert report == "  report    report.md"
    what_now = "  next      it is NOT rolled back; what failed, and what is left: rollback-gov status op-3-1"
    assert rest == ([] if ended.result.result == "passed" else [what_now])


def test_a_failed_rollback_says_whom_to_call(tmp_path: Path) -> None:
    people = '{role: On-call engineer, reach: "The pager\\e[31m"}, {role: Admin, reach: dba, when: {after: 10m}}'
    room = Room(tmp_path, f"{FAILING}contacts: [{people}]\n")
    code, out, _ = room.gov(*room.execute("--yes"))
    assert code == 5
    lines = out.splitlines()
    run = next(line.split()[1] for line in lines if line.startswith("  run       "))
    assert lines[-3:] == [
        "  call      On-call engineer: The pager?[31m",
        "  call      Admin: dba (after 10m)",
        f"  next      it is NOT rolled back; what failed, and what is left: rollback-gov status {run}",
    ]


def test_the_end_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    print_run(summary("failed", detail="phase 'back' failed"), as_json=True)
    assert json.loads(capsys.readouterr().out) == {
        "run": "op-3-1",
        "result": "failed",
        "exit": "rollback_failed",
        "detail": "phase 'back' failed",
        "seconds": 42.0,
        "sla_seconds": 60.0,
        "sla_met": False,
        "report": "report.md",
        "watch_after": "",
    }


def test_what_is_to_be_watched_now_is_said_with_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    window = Window(name="settling", for_=Duration.parse("30m"), every=Duration.parse("1m"))
    ended = replace(summary(), windows=(window,))
    print_run(ended, as_json=False)
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "  watch     rollback-gov watch --after op-3-1",
        "            (settling for 30m)",
    ]
    print_run(ended, as_json=True)
    assert json.loads(capsys.readouterr().out)["watch_after"] == "rollback-gov watch --after op-3-1"


def test_a_reader_who_has_gone_away_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as out:  # noqa: PTH123
        monkeypatch.setattr(sys, "stdout", out)
        print_run(summary(), as_json=False)
        print_run(summary(), as_json=True)


@pytest.mark.parametrize(("body", "code"), [(QUICK, 0), (FAILING, 5)])
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_reader_who_has_gone_away_changes_no_exit_code(
    tmp_path: Path, body: str, code: int, more: tuple[str, ...]
) -> None:
    room = Room(tmp_path, body)
    reader, writer = os.pipe()
    os.close(reader)
    process = room.process(*room.execute("--yes", *more), stdout=writer)
    os.close(writer)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (code, "")
    assert room.of("run.finished")[0]["result"] == ("passed" if code == 0 else "failed")
    assert (room.incident / "incident_report.md").is_file()
