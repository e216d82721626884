"""Who may answer what a run waits for, and what an answer says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rollback_gov.commands.approve import approve, waiting_runs
from rollback_gov.commands.status import look
from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.questions import questions
from rollback_gov.model.errors import Refused, UsageError
from tests.reports.journals import Story

RUN = "op-7-20260131-120000-execute"


def place(incidents: Path, *steps: str) -> Path:
    story = Story().start(started_by="ann").phase("phases/drain", "Stop traffic")
    for step in steps:
        story.add("gate.waiting", step=step, ask="Go?", deadline="", subject="p" * 64)
    return story.write(incidents / RUN)


def left(folder: Path) -> list[dict[str, str]]:
    return [json.loads(path.read_text()) for path in sorted((folder / "inbox").glob("*.json"))]


@pytest.mark.parametrize("gate", ["", "go", "drain/go", "phases/drain/go"])
def test_an_answer_says_what_was_approved(gate: str, tmp_path: Path) -> None:
    folder = place(tmp_path, "phases/drain/go")
    done = approve(RUN, gate, tmp_path, decision="approved", person="ben", reason="")
    assert (done.question.step, done.question.ask, done.seen.goes_on) == ("phases/drain/go", "Go?", False)
    (answer,) = left(folder)
    assert answer == {
        "step": "phases/drain/go",
        "decision": "approved",
        "by": "ben",
        "reason": "",
        "executable": "e" * 64,
        "subject": "p" * 64,
    }


@pytest.mark.parametrize("gate", ["", "o", "two", "phases/drain"])
def test_a_gate_that_nobody_can_tell_gets_no_answer(gate: str, tmp_path: Path) -> None:
    folder = place(tmp_path, "phases/drain/go", "phases/drain/no")
    with pytest.raises(UsageError, match=r"waiting: phases/drain/go, phases/drain/no") as caught:
        approve(RUN, gate, tmp_path, decision="approved", person="ben", reason="")
    assert f"rollback-gov approve {RUN} phases/drain/no" in caught.value.hint
    assert left(folder) == []


def test_a_refusal_that_waits_is_answered_like_a_gate(tmp_path: Path) -> None:
    folder = place(tmp_path, "override/tools", "phases/drain/go")
    approve(RUN, "override/tools", tmp_path, decision="approved", person="ben", reason="psql is on the jump host")
    assert [answer["step"] for answer in left(folder)] == ["override/tools"]


def test_whoever_started_the_run_may_say_no_and_needs_a_reason_for_yes(tmp_path: Path) -> None:
    folder = place(tmp_path, "phases/drain/go")
    with pytest.raises(Refused, match="somebody else approves"):
        approve(RUN, "go", tmp_path, decision="approved", person="ann", reason="")
    assert left(folder) == []
    approve(RUN, "go", tmp_path, decision="denied", person="ann", reason="")
    approve(RUN, "go", tmp_path, decision="approved", person="ann", reason="alone here")
    assert [answer["decision"] for answer in left(folder)] == ["denied", "approved"]


def test_only_runs_that_somebody_runs_wait(tmp_path: Path) -> None:
    folder = place(tmp_path, "phases/drain/go")
    assert waiting_runs(tmp_path) == ()
    journal = Journal(folder, SystemClock())
    try:
        assert [seen.run for seen in waiting_runs(tmp_path)] == [RUN]
    finally:
        journal.close()


def pulled() -> Story:
    story = Story().start(started_by="ann").phase("phases/drain", "Stop traffic")
    return story.add("manual.waiting", step="phases/drain/pull", ask="Pull the plug", deadline="")


def test_whoever_started_the_run_may_say_that_a_manual_step_is_done(tmp_path: Path) -> None:
    pulled().write(tmp_path / RUN)
    done = approve(RUN, "pull", tmp_path, decision="approved", person="ann", reason="")
    assert (done.question.step, done.answer.by) == ("phases/drain/pull", "ann")


def test_a_step_that_has_ended_waits_for_nobody(tmp_path: Path) -> None:
    pulled().step("phases/drain/pull", 1).write(tmp_path / RUN)
    with pytest.raises(UsageError, match="is dead and waits for nobody"):
        approve(RUN, "", tmp_path, decision="approved", person="ben", reason="")


def failed(incidents: Path) -> Path:
    story = Story().start(started_by="ann").end("failed", 30)
    return story.add("gate.waiting", step="failure", ask="Who takes over?", deadline="", choices=["approved"]).write(
        incidents / RUN
    )


def test_a_failed_run_waits_as_long_as_somebody_walks_its_ladder(tmp_path: Path) -> None:
    folder = failed(tmp_path)
    assert waiting_runs(tmp_path) == ()
    assert questions(look(RUN, tmp_path)) == ()
    journal = Journal(folder, SystemClock())
    try:
        (seen,) = waiting_runs(tmp_path)
        assert (seen.state, seen.goes_on, seen.hears) == ("failed", False, True)
        assert questions(seen)[0].answers == (f"rollback-gov approve {RUN} failure",)
    finally:
        journal.close()


def test_the_starter_may_take_over_and_nobody_can_deny_that_it_failed(tmp_path: Path) -> None:
    folder = failed(tmp_path)
    with pytest.raises(UsageError, match="Nobody can deny that the rollback failed"):
        approve(RUN, "failure", tmp_path, decision="denied", person="ben", reason="not me")
    approve(RUN, "failure", tmp_path, decision="approved", person="ann", reason="")
    assert [answer["by"] for answer in left(folder)] == ["ann"]


def test_an_override_says_why(tmp_path: Path) -> None:
    folder = place(tmp_path, "override/tools")
    assert questions(look(RUN, tmp_path))[0].answers[0].endswith('override/tools --reason "…"')
    with pytest.raises(UsageError, match="in spite of 'tools' needs a reason"):
        approve(RUN, "", tmp_path, decision="approved", person="ben", reason="")
    assert left(folder) == []
