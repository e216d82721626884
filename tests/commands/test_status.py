"""A run's state as data, and who may answer its gates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.commands.status import approve, status, waiting_gates
from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.journal import FILE, Journal
from rollback_gov.model.errors import Refused, UsageError
from tests.reports import journals
from tests.reports.journals import Story

RUN = "op-7-20260131-120000-execute"


def place(story: Story, incidents: Path) -> Path:
    """Write a story's journal as the only run, and give the folder of all runs."""
    story.write(incidents / RUN)
    return incidents


def state(story: Story, incidents: Path) -> Any:
    return status(RUN, place(story, incidents))["state"]


@pytest.mark.parametrize("result", ["passed", "failed", "aborted"])
def test_a_run_that_has_ended_stands_as_it_ended(result: str, tmp_path: Path) -> None:
    story = Story().start().end(result, 12).message("completed", "slack")
    assert state(story, tmp_path) == result
    assert status(RUN, tmp_path)["seconds"] == 12


def test_whoever_writes_the_journal_runs(tmp_path: Path) -> None:
    folder = place(Story().start(), tmp_path) / RUN
    journal = Journal(folder, SystemClock())
    try:
        assert status(RUN, tmp_path)["state"] == "running"
    finally:
        journal.close()
    assert status(RUN, tmp_path)["state"] == "dead"


def test_a_message_that_came_back_later_does_not_hide_the_interruption(tmp_path: Path) -> None:
    story = Story().start().intent("phases/a/b").add("run.interrupted", signal="SIGTERM", open="phases/a/b")
    assert state(story.message("started", "slack", detail="no answer"), tmp_path) == "interrupted"
    assert status(RUN, tmp_path)["open"] == ["phases/a/b"]


def test_phases_and_steps_so_far(tmp_path: Path) -> None:
    begun = status(RUN, place(journals.failed(), tmp_path))
    assert begun["phases"] == {"phases/drain": "passed", "phases/database": "failed"}
    assert begun["steps"] == {
        "phases/drain/weight": "passed",
        "phases/database/restore-dump/restore": "timeout",
        "phases/database/secondary-backup/restore": "failed",
    }
    assert begun["open"] == begun["gates"] == []


def test_a_run_that_never_started_has_no_state(tmp_path: Path) -> None:
    place(Story().add("rehearsal.version", moment="before", version="v1"), tmp_path)
    with pytest.raises(Refused, match="never started"):
        status(RUN, tmp_path)


def gated(*steps: str) -> Story:
    story = Story().start(started_by="ann").phase("phases/drain", "Stop traffic")
    for step in steps:
        story.intent(step, action="gate").add("gate.waiting", step=step, ask="Go?", deadline="")
    return story


def answers(folder: Path) -> list[dict[str, str]]:
    return [json.loads(path.read_text()) for path in sorted((folder / "inbox").glob("*.json"))]


def test_gates_wait_until_they_are_decided(tmp_path: Path) -> None:
    story = gated("phases/drain/one", "phases/drain/two")
    place(story.add("gate.decided", step="phases/drain/one", decision="approved", by="ben"), tmp_path)
    assert waiting_gates(RUN, tmp_path) == ["phases/drain/two"]


@pytest.mark.parametrize("gate", ["", "go", "drain/go", "phases/drain/go"])
def test_an_answer_says_what_was_approved(gate: str, tmp_path: Path) -> None:
    place(gated("phases/drain/go"), tmp_path)
    assert approve(RUN, gate, tmp_path, decision="approved", person="ben", reason="") == "phases/drain/go"
    about = {"executable": "e" * 64, "subject": ""}
    assert answers(tmp_path / RUN) == [
        {"step": "phases/drain/go", "decision": "approved", "by": "ben", "reason": "", **about}
    ]


@pytest.mark.parametrize("gate", ["", "o", "two", "phases/drain"])
def test_a_gate_that_nobody_can_tell_gets_no_answer(gate: str, tmp_path: Path) -> None:
    place(gated("phases/drain/go", "phases/drain/no"), tmp_path)
    with pytest.raises(UsageError, match=r"waiting: phases/drain/go, phases/drain/no") as caught:
        approve(RUN, gate, tmp_path, decision="approved", person="ben", reason="")
    assert caught.value
    assert answers(tmp_path / RUN) == []


def test_whoever_started_the_run_may_say_no_and_needs_a_reason_for_yes(tmp_path: Path) -> None:
    place(gated("phases/drain/go"), tmp_path)
    with pytest.raises(Refused, match="somebody else approves"):
        approve(RUN, "go", tmp_path, decision="approved", person="ann", reason="")
    assert answers(tmp_path / RUN) == []
    approve(RUN, "go", tmp_path, decision="denied", person="ann", reason="")
    approve(RUN, "go", tmp_path, decision="approved", person="ann", reason="alone here")
    assert [answer["decision"] for answer in answers(tmp_path / RUN)] == ["denied", "approved"]


def test_a_status_changes_nothing(tmp_path: Path) -> None:
    folder = place(journals.gated(), tmp_path) / RUN
    before = (folder / FILE).read_bytes()
    status(RUN, tmp_path)
    assert (folder / FILE).read_bytes() == before
    assert [path.name for path in folder.iterdir()] == [FILE]


def by_hand() -> Story:
    return gated().add("manual.waiting", step="phases/drain/pull", ask="Pull the plug", deadline="")


def test_whoever_started_the_run_may_say_that_a_manual_step_is_done(tmp_path: Path) -> None:
    place(by_hand(), tmp_path)
    assert approve(RUN, "pull", tmp_path, decision="approved", person="ann", reason="") == "phases/drain/pull"


def test_a_step_that_has_ended_waits_for_nobody(tmp_path: Path) -> None:
    place(by_hand().add("step.finished", step="phases/drain/pull", attempt=1, result="timeout"), tmp_path)
    assert waiting_gates(RUN, tmp_path) == []
