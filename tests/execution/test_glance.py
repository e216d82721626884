"""A look at a run from outside, whatever its journal is like."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.glance import glance
from rollback_gov.execution.journal import FILE, Journal
from rollback_gov.execution.questions import next_step, questions
from tests.reports import journals
from tests.reports.golden_runs import GOLDEN
from tests.reports.journals import Story


def gated() -> Story:
    story = Story().start().phase("phases/drain", "Stop traffic").intent("phases/drain/go", action="gate")
    return story.add("gate.waiting", step="phases/drain/go", ask="Go?", deadline="2026-01-31T12:05:00.000Z")


@pytest.mark.parametrize("result", ["passed", "failed", "aborted"])
@pytest.mark.parametrize("briefly", [True, False])
def test_a_run_that_has_ended(result: str, briefly: bool, tmp_path: Path) -> None:
    story = Story().start()
    for number in range(60):
        story.step(f"phases/drain/s{number}", 1)
    seen = glance(story.end(result, 12).message("completed", "slack").write(tmp_path / "op-7-1"), briefly=briefly)
    assert (seen.run, seen.state, seen.progress.seconds, seen.problem) == ("op-7-1", result, 12, "")
    assert len(seen.progress.steps) == (0 if briefly else 60)


def test_a_real_run_that_has_ended_is_read_at_its_ends_only(tmp_path: Path) -> None:
    folder = GOLDEN / "passed"
    whole, brief = glance(folder), glance(folder, briefly=True)
    assert (len(whole.progress.steps), len(brief.progress.steps)) == (7, 0)
    assert brief.progress.seconds == whole.progress.seconds
    assert (brief.state, brief.at) == ("passed", whole.at)


def test_a_run_whose_beginning_is_far_from_its_start_is_read_in_full(tmp_path: Path) -> None:
    story = Story()
    for _ in range(50):
        story.add("warning", message="x")
    seen = glance(story.start().end("passed", 1).write(tmp_path), briefly=True)
    assert (seen.state, seen.progress.operation) == ("passed", "op-7")


def test_whoever_writes_the_journal_runs_or_waits(tmp_path: Path) -> None:
    folder = Story().start().write(tmp_path / "run")
    journal = Journal(folder, SystemClock())
    try:
        assert glance(folder).state == "running"
        assert glance(folder).goes_on
        assert next_step(glance(folder)) == "look on: rollback-gov status run --watch"
        journal.append("gate.waiting", {"step": "phases/a/go", "ask": "Go?", "deadline": ""})
        assert glance(folder).state == "waiting"
        (question,) = questions(glance(folder))
        assert question.answers == (
            "rollback-gov approve run phases/a/go",
            "rollback-gov approve run phases/a/go --deny",
        )
    finally:
        journal.close()
    assert glance(folder).state == "dead"
    assert not glance(folder).goes_on
    assert "rollback-gov resume run" in next_step(glance(folder))


def test_a_run_that_was_interrupted(tmp_path: Path) -> None:
    story = gated().add("run.interrupted", signal="SIGTERM", open="phases/drain/go").message("started", "slack")
    seen = glance(story.write(tmp_path))
    assert seen.state == "interrupted"


def test_an_unknown_end_is_a_question_with_three_answers(tmp_path: Path) -> None:
    story = Story().start().intent("phases/a/b").add("step.unknown", step="phases/a/b", attempt=1, reason="killed")
    seen = glance(story.write(tmp_path / "run"))
    (question,) = questions(seen)
    assert [answer.rpartition("=")[2] for answer in question.answers] == ["done", "again", "abort"]
    assert question.answers[0] == "rollback-gov resume run --settle phases/a/b=done"


def test_a_run_that_never_started(tmp_path: Path) -> None:
    seen = glance(Story().add("rehearsal.version", moment="before", version="v1").write(tmp_path))
    assert seen.state == "not started"
    assert next_step(seen)


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    folder = gated().write(tmp_path)
    with (folder / FILE).open("ab") as file:
        file.write(b'{"seq":5,"at"')
    assert glance(folder).progress.waiting[0].ask == "Go?"


def damage(folder: Path, number: int, old: bytes, new: bytes) -> None:
    lines = (folder / FILE).read_bytes().splitlines(keepends=True)
    lines[number - 1] = lines[number - 1].replace(old, new)
    (folder / FILE).write_bytes(b"".join(lines))


def test_a_changed_line_is_named_also_in_a_run_that_has_ended(tmp_path: Path) -> None:
    folder = journals.failed().write(tmp_path)
    damage(folder, 3, b'"monotonic":1', b'"monotonic":2')
    seen = glance(folder, briefly=True)
    assert seen.state == "damaged"
    assert f"{FILE}:4: the chain is broken" in seen.problem
    assert "copy" in next_step(seen)


def test_an_event_without_what_its_type_promises_is_damage_too(tmp_path: Path) -> None:
    seen = glance(Story().start().add("step.finished", strange=True).write(tmp_path))
    assert seen.state == "damaged"
    assert "does not say what its type promises" in seen.problem


def test_a_journal_that_is_no_file(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    assert glance(tmp_path).state == "damaged"


def test_lines_that_are_spelled_in_another_way_are_read_all_the_same(tmp_path: Path) -> None:
    previous, lines = "0" * 64, []
    for event in gated().events:
        document = {name: getattr(event, name) for name in ("type", "data", "at", "monotonic", "seq")}
        lines.append(json.dumps(document | {"previous": previous}))
        previous = sha256(lines[-1].encode()).hexdigest()
    (tmp_path / FILE).write_text("".join(f"{line}\n" for line in lines))
    assert glance(tmp_path).progress.waiting[0].step == "phases/drain/go"


def test_a_run_on_several_machines_goes_on_there(tmp_path: Path) -> None:
    seen = glance(Story().start(distributed=True).write(tmp_path / "run"))
    assert next_step(seen).endswith("rollback-gov resume run --distributed")
