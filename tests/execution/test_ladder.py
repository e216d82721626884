"""After a failed rollback: rung by rung until somebody takes over, with a clock whose hands the test moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from rollback_gov.execution.inbox import Answer, leave
from rollback_gov.execution.journal import FILE, Journal, read_journal
from rollback_gov.execution.ladder import walk_ladder
from rollback_gov.execution.pace import Pace
from rollback_gov.execution.state import fold
from tests.execution.conftest import Hands, Stage, Talk

Make = Callable[..., Stage]
BODY = "phases: [{id: one, steps: [{id: a, run: x}]}]\n"
RUNGS = """
escalation:
  - {on: failed, after: 0m, level: 1, actions: [Read the log]}
  - {on: failed, after: 5m, level: 2, actions: [Senior SRE]}
  - {on: failed, after: 15m, level: 3, actions: [Head of engineering]}
  - {on: running, after: 1h, level: 1, actions: [Somebody else]}
"""


def walk(scene: Stage) -> list[Mapping[str, Any]]:
    """Fail at noon and walk, or go on walking; gives what was escalated and decided."""
    scene.incident.mkdir(exist_ok=True)
    journal = Journal(scene.incident, scene.clock)
    try:
        if not journal.events:
            scene.begin(journal)
            Pace(scene.context, journal, fold(journal.events)).climb("failed", 0)
            journal.append("run.finished", {"result": "failed"})
        walk_ladder(scene.context, journal, Pace(scene.context, journal, fold(journal.events)))
        return [event.data for event in journal.events if event.type in ("escalated", "gate.decided")]
    finally:
        journal.close()


def test_every_rung_in_its_time(stage: Make) -> None:
    scene = stage(BODY + RUNGS, clock=Hands())
    *rungs, end = walk(scene)
    assert [rung["level"] for rung in rungs] == [1, 2, 3]
    assert [round(rung["after_seconds"] / 60) for rung in rungs] == [0, 5, 15]
    assert (end["step"], end["decision"], end["by"]) == ("failure", "deadline", "")
    assert "  the escalation ladder goes on: 5m, 15m after the failure" in scene.console.lines


def test_whoever_takes_over_ends_it(stage: Make) -> None:
    scene = stage(BODY + RUNGS, clock=Hands())
    leave(
        scene.context.folder, Answer(step="failure", decision="approved", by="bob", reason="", executable=""), number=1
    )
    first, end = walk(scene)
    assert (first["level"], end["decision"], end["by"]) == (1, "approved", "bob")
    assert scene.console.lines[-1] == "  bob takes over"
    assert scene.sent[-1] == ("acknowledged", {"text": "bob has taken over"})


def test_contacts_for_a_failure_are_called_in_their_time_too(stage: Make) -> None:
    contact = "contacts: [{role: Vendor, reach: hotline, when: {after: 20m, while: failed}}]\n"
    scene = stage(BODY + contact + RUNGS, clock=Hands())
    *rungs, end = walk(scene)
    assert [(rung["level"], rung.get("contact")) for rung in rungs] == [(1, None), (2, None), (3, None), (0, "Vendor")]
    assert round(rungs[-1]["after_seconds"] / 60) == 20
    assert end["decision"] == "deadline"
    assert ("escalated", {"text": "Call Vendor: hotline", "reach": "hotline"}) in scene.sent


def test_so_does_whoever_presses_ctrl_c_at_the_terminal(stage: Make) -> None:
    scene = stage(BODY + RUNGS, clock=Hands(), console=Talk({"": ""}))
    scene.stop.signal = "SIGINT"
    end = walk(scene)[-1]
    assert (end["decision"], end["by"], end["reason"]) == ("approved", "ann", "ended by SIGINT")


@pytest.mark.parametrize(("signal", "at_terminal"), [("SIGTERM", True), ("SIGTERM", False), ("SIGINT", False)])
def test_a_process_that_is_ended_takes_nothing_over(stage: Make, signal: str, at_terminal: bool) -> None:
    scene = stage(BODY + RUNGS, clock=Hands(), console=Talk({"": ""} if at_terminal else None))
    scene.stop.signal = signal
    assert [data.get("decision") for data in walk(scene)] == [None], "nobody decided anything"
    events = read_journal(scene.incident / FILE)
    assert events[-1].type == "run.interrupted"
    assert events[-1].data == {"signal": signal, "by": "", "reason": "", "open": "failure"}
    (left,) = [event.data["rungs"] for event in events if event.type == "ladder.open"]
    assert [(rung["level"], rung["after_seconds"]) for rung in left] == [(2, 300), (3, 900)]
    assert "    rollback-gov resume run-1" in scene.console.lines


@pytest.mark.parametrize("hours", [0, 5, -5])
def test_whoever_goes_on_calls_what_is_overdue_and_keeps_the_times_of_the_failure(stage: Make, hours: int) -> None:
    """Whatever was done to the clock on the wall meanwhile."""
    hands = Hands()
    scene = stage(BODY + RUNGS, clock=hands)
    scene.stop.signal = "SIGTERM"
    walk(scene)
    scene.stop.signal = ""
    hands.sleep(600)
    hands.wall += timedelta(hours=hours)
    *rungs, _ = walk(scene)
    assert [rung["level"] for rung in rungs] == [1, 2, 3]
    assert [round(rung["after_seconds"] / 60) for rung in rungs] == [0, 10, 15]
    assert [event.type for event in read_journal(scene.incident / FILE)].count("ladder.open") == 1


def test_without_later_rungs_nothing_is_waited_for(stage: Make) -> None:
    scene = stage(BODY, clock=Hands())
    assert walk(scene) == []


def test_a_no_ends_nothing(stage: Make) -> None:
    scene = stage(BODY + RUNGS, clock=Hands())
    leave(scene.context.folder, Answer(step="failure", decision="denied", by="bob", reason="", executable=""), number=1)
    assert walk(scene)[-1]["decision"] == "deadline"
