"""After a failed rollback: rung by rung until somebody takes over, with a clock whose hands the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from rollback_gov.execution.inbox import Answer, leave
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.ladder import walk_ladder
from rollback_gov.execution.pace import Pace
from rollback_gov.execution.state import fold
from tests.execution.conftest import Hands, Stage

Make = Callable[..., Stage]
BODY = "phases: [{id: one, steps: [{id: a, run: x}]}]\n"
RUNGS = """
escalation:
  - {on: failed, after: 0m, level: 1, actions: [Read the log]}
  - {on: failed, after: 5m, level: 2, actions: [Senior SRE]}
  - {on: failed, after: 15m, level: 3, actions: [Head of engineering]}
  - {on: running, after: 1h, level: 1, actions: [Somebody else]}
"""
Walk = Callable[[Stage], list[Mapping[str, Any]]]


@pytest.fixture
def walk() -> Iterator[Walk]:
    """Fail at noon and walk; gives what was escalated and decided."""
    opened: list[Journal] = []

    def run(scene: Stage) -> list[Mapping[str, Any]]:
        scene.incident.mkdir(exist_ok=True)
        journal = Journal(scene.incident, scene.clock)
        opened.append(journal)
        scene.begin(journal)
        pace = Pace(scene.context, journal, fold(journal.events))
        pace.climb("failed", 0)
        walk_ladder(scene.context, journal, pace)
        return [event.data for event in journal.events if event.type in ("escalated", "gate.decided")]

    yield run
    for journal in opened:
        journal.close()


def test_every_rung_in_its_time(stage: Make, walk: Walk) -> None:
    scene = stage(BODY + RUNGS, clock=Hands())
    *rungs, end = walk(scene)
    assert [rung["level"] for rung in rungs] == [1, 2, 3]
    assert [round(rung["after_seconds"] / 60) for rung in rungs] == [0, 5, 15]
    assert (end["step"], end["decision"], end["by"]) == ("failure", "deadline", "")
    assert "  the escalation ladder goes on: 5m, 15m after the failure" in scene.console.lines


def test_whoever_takes_over_ends_it(stage: Make, walk: Walk) -> None:
    scene = stage(BODY + RUNGS, clock=Hands())
    leave(
        scene.context.folder, Answer(step="failure", decision="approved", by="bob", reason="", executable=""), number=1
    )
    first, end = walk(scene)
    assert (first["level"], end["decision"], end["by"]) == (1, "approved", "bob")
    assert scene.console.lines[-1] == "  bob takes over"


def test_so_does_whoever_stops_the_process(stage: Make, walk: Walk) -> None:
    scene = stage(BODY + RUNGS, clock=Hands())
    scene.stop.signal = "SIGINT"
    end = walk(scene)[-1]
    assert (end["decision"], end["by"], end["reason"]) == ("approved", "ann", "ended by SIGINT")


def test_without_later_rungs_nothing_is_waited_for(stage: Make, walk: Walk) -> None:
    scene = stage(BODY, clock=Hands())
    assert walk(scene) == []


def test_a_no_ends_nothing(stage: Make, walk: Walk) -> None:
    scene = stage(BODY + RUNGS, clock=Hands())
    leave(scene.context.folder, Answer(step="failure", decision="denied", by="bob", reason="", executable=""), number=1)
    assert walk(scene)[-1]["decision"] == "deadline"
