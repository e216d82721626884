"""Runs from outside: one, or all of them; a damaged journal is an error of one and of none of the others."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from rollback_gov.commands.status import all_runs, look
from rollback_gov.execution.journal import FILE, JournalError
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.outputs.run_document import run_document, run_row
from rollback_gov.outputs.run_text import run_lines, runs_table, summary
from tests.reports import journals
from tests.reports.journals import NOON, Story

NOW = NOON + timedelta(seconds=30)


def decided(second: int) -> str:
    return f"2026-01-31T12:00:{second:02d}.000Z"


def fill(incidents: Path) -> None:
    Story().start(decided_at=decided(1)).end("passed", 5).write(incidents / "a-passed")
    Story().start(decided_at=decided(3), region="eu").phase("phases/drain", "Drain").write(incidents / "b-dead")
    Story().start(decided_at=decided(2)).end("failed", 950).write(incidents / "c-failed")
    Story().add("warning", message="x").write(incidents / "d-nothing")
    (Story().start().write(incidents / "e-damaged") / FILE).write_text("no journal\n")


def test_all_runs_the_newest_first(tmp_path: Path) -> None:
    fill(tmp_path)
    runs = [seen for seen in all_runs(tmp_path) if seen.state not in ("damaged", "not started")]
    assert [seen.run for seen in runs] == ["b-dead", "c-failed", "a-passed"]
    assert {seen.run: seen.state for seen in all_runs(tmp_path)} == {
        "a-passed": "passed",
        "b-dead": "dead",
        "c-failed": "failed",
        "d-nothing": "not started",
        "e-damaged": "damaged",
    }


def test_the_table_names_what_is_damaged_below_the_rest(tmp_path: Path) -> None:
    fill(tmp_path)
    head, *rows = runs_table(all_runs(tmp_path), NOW)
    assert head.split() == ["RUN", "STATE", "OPERATION", "WHERE", "PHASE", "TIME", "WAITS", "FOR"]
    lines = {row.split()[0]: row.split()[1:] for row in rows}
    assert lines["b-dead"] == ["dead", "op-7", "production/eu", "drain", "27.0s", "of", "15m"]
    assert lines["c-failed"] == ["failed", "op-7", "production", "-", "15m50s", "of", "15m", "LATE"]
    assert rows[-1] == f"{tmp_path}/e-damaged/{FILE}:1: the line is not an event."


def test_a_folder_without_runs_has_none(tmp_path: Path) -> None:
    assert all_runs(tmp_path / "nowhere") == ()


def test_one_run_in_full_for_programs(tmp_path: Path) -> None:
    journals.failed().write(tmp_path / "run")
    document = run_document(look("run", tmp_path), NOW)
    assert document["state"] == "failed"
    assert {phase["path"]: phase["result"] for phase in document["phases"]} == {
        "phases/drain": "passed",
        "phases/database": "failed",
        "verification": "to come",
    }
    assert {step["path"]: step["result"] for step in document["steps"]} == {
        "phases/drain/weight": "passed",
        "phases/database/restore-dump/restore": "timeout",
        "phases/database/secondary-backup/restore": "failed",
    }
    assert document["phases"][1]["tried"] == ["restore-dump", "secondary-backup"]
    assert document["open"] == document["questions"] == []
    assert document["left_seconds"] is None


def test_an_open_run_says_what_is_left_and_what_to_do(tmp_path: Path) -> None:
    story = Story().start(verification_seconds=60).phase("phases/drain", "Drain").intent("phases/drain/go")
    story.add("gate.waiting", step="phases/drain/go", ask="Go?", deadline="2026-01-31T12:05:00.000Z")
    story.add("cancel.requested", by="ben", reason="wrong plan", after_step=True)
    story.check("up", "unknown", observed="no answer")
    seen = look("run", story.write(tmp_path / "run").parent)
    document = run_document(seen, NOW)
    assert (document["left_seconds"], document["projected_seconds"], document["now"]) == (870, 30 + 30 + 180 + 60, None)
    assert document["questions"][0]["answers"][0] == "rollback-gov approve run phases/drain/go"
    lines = run_lines(seen, NOW)
    assert lines[0] == "run: dead (30.0s of 15m, not ended)"
    assert "  to be ended by ben: wrong plan" in lines
    assert "    go: begun, 30.0s of 1m" in lines
    assert "  check 'The up' could not be evaluated: expected below 0.001, saw no answer" in lines
    assert "  waits: Go? (until 12:05:00 UTC)" in lines
    assert "    rollback-gov approve run phases/drain/go --deny" in lines
    assert lines[-1] == "  next: its process is gone; take it over: rollback-gov resume run"
    assert summary(seen, NOW) == "12:00:30 dead (30.0s of 15m, not ended) Stop traffic › go, waits: Go?"
    assert run_row(seen, NOW)["phase"] == "phases/drain"


def test_a_text_out_of_a_plan_takes_over_no_terminal(tmp_path: Path) -> None:
    story = Story().start(operation="op\x1b[2J").phase("phases/drain", "Drain").intent("phases/drain/go")
    story.add("gate.waiting", step="phases/drain/go", ask="Go?\x1b]0;x\x07\n::error::x", deadline="")
    story.write(tmp_path / "run")
    seen = look("run", tmp_path)
    for line in (*run_lines(seen, NOW), *runs_table((seen,), NOW), summary(seen, NOW)):
        assert "\x1b" not in line
        assert "\n" not in line


def test_what_cannot_be_looked_at(tmp_path: Path) -> None:
    fill(tmp_path)
    with pytest.raises(JournalError, match="line is not an event"):
        look("e-damaged", tmp_path)
    with pytest.raises(Refused, match="never started"):
        look("d-nothing", tmp_path)
    with pytest.raises(UsageError, match="There is no run"):
        look("nowhere", tmp_path)


def test_looking_changes_nothing(tmp_path: Path) -> None:
    folder = journals.gated().write(tmp_path / "run")
    before = (folder / FILE).read_bytes()
    look("run", tmp_path)
    all_runs(tmp_path)
    assert (folder / FILE).read_bytes() == before
    assert [path.name for path in folder.iterdir()] == [FILE]
