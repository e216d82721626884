"""What messages say of a run, and when people hear of it again, with a clock whose hands the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from rollback_gov.execution.journal import Journal
from rollback_gov.execution.progression import progress_of
from rollback_gov.execution.question import Asked
from rollback_gov.execution.updates import Updates, standing
from rollback_gov.execution.waiting import Wait
from tests.execution.conftest import Hands, Stage

Make = Callable[..., Stage]
BODY = "phases: [{id: drain, steps: [{id: a, run: x}]}]\ncommunication: {progress_every: 2m}\n"
PHASES = [
    {"path": "phases/drain", "title": "Stop traffic", "budget_seconds": 60},
    {"path": "phases/database", "title": "Database rollback", "budget_seconds": 180},
]
BEGUN: Mapping[str, Any] = {
    "phases": PHASES,
    "verification_seconds": 120,
    "sla_seconds": 900,
    "reason": {"text": "errors everywhere"},
}


class Scene:
    """A run, its journal, and its updates; ``sent`` is what people have heard."""

    def __init__(self, stage: Stage, journal: Journal, clock: Hands) -> None:
        self.stage, self.journal, self.clock = stage, journal, clock
        self.updates = Updates(stage.context, journal)

    def after(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        self.updates.tick()

    @property
    def last(self) -> Mapping[str, str]:
        return self.stage.sent[-1][1]

    def begin_phase(self, number: int) -> None:
        phase = PHASES[number]
        data = {"phase": phase["path"], "title": phase["title"], "alternative": ""}
        self.journal.append("phase.started", {**data, "budget_seconds": phase["budget_seconds"]})

    def end_phase(self, number: int) -> None:
        self.journal.append("phase.finished", {"phase": PHASES[number]["path"], "result": "passed", "seconds": 30})


@pytest.fixture
def scene(stage: Make) -> Iterator[Scene]:
    clock = Hands()
    one = stage(BODY + "contacts: [{role: DBA, reach: the pager}]\n", clock=clock)
    one.started.update(BEGUN)
    one.incident.mkdir(exist_ok=True)
    with closing(Journal(one.incident, clock)) as journal:
        one.begin(journal)
        yield Scene(one, journal, clock)


def test_a_message_says_how_the_run_stands(scene: Scene) -> None:
    scene.updates.tell("started", {"reason": "errors"})
    assert scene.stage.sent == [
        (
            "started",
            {
                "time": "2026-01-31 12:00 UTC",
                "at": "2026-01-31T12:00:00.000Z",
                "contacts": "DBA: the pager",
                "reason": "errors",
                "started": "2026-01-31 12:00 UTC",
                "elapsed": "0.0s",
                "sla": "15m",
                "eta": "6m",
                "current": "getting ready",
                "next": "Stop traffic",
                "done": "0 of 3 phases",
            },
        )
    ]


def test_in_the_middle_of_it(scene: Scene) -> None:
    scene.begin_phase(0)
    scene.clock.sleep(30)
    scene.end_phase(0)
    scene.begin_phase(1)
    data = {"step": "phases/database/restore", "title": "Restore the dump", "action": "run", "attempt": 1}
    scene.journal.append("step.intent", {**data, "timeout_seconds": 60})
    scene.clock.sleep(60)
    scene.updates.tell("progress", {})
    told = scene.last
    assert (told["current"], told["next"], told["done"]) == (
        "Database rollback: Restore the dump",
        "Verification",
        "1 of 3 phases",
    )
    assert (told["elapsed"], told["eta"], told["reason"]) == ("1m30s", "4m", "errors everywhere")


def test_at_its_end(scene: Scene) -> None:
    for number in (0, 1):
        scene.begin_phase(number)
        scene.end_phase(number)
    for check, result in (("health", "passed"), ("errors", "passed"), ("latency", "failed")):
        scene.journal.append("check.finished", {"check": check, "result": result})
    scene.journal.append("run.verified", {"seconds": 83.2})
    scene.clock.sleep(500)
    scene.updates.tell("completed", {"text": ""})
    assert (scene.last["elapsed"], scene.last["checks"]) == ("1m23s", "2 of 3 checks passed")
    assert scene.last["current"] == "verified"
    assert "eta" not in scene.last


def test_people_hear_of_it_every_few_minutes_from_the_decision_on(scene: Scene) -> None:
    scene.after(119)
    assert scene.stage.sent == []
    scene.after(1)
    scene.after(60)
    scene.begin_phase(0)
    scene.after(60)
    assert [(event, fields["elapsed"], fields["current"]) for event, fields in scene.stage.sent] == [
        ("progress", "2m", "getting ready"),
        ("progress", "4m", "Stop traffic"),
    ]


def test_every_message_is_news(scene: Scene) -> None:
    scene.after(100)
    scene.updates.tell("step", {"text": "half way"})
    scene.after(100)
    assert [event for event, _ in scene.stage.sent] == ["step"]
    scene.after(20)
    assert [event for event, _ in scene.stage.sent] == ["step", "progress"]


def test_they_hear_of_it_while_it_waits_for_somebody(scene: Scene) -> None:
    context = replace(scene.stage.context, tick=scene.updates.tick, notify=scene.updates.tell)
    asked = Asked(path="override/permit", ask="Go on without a permit?", deadline=500.0)
    assert Wait(context, scene.journal.append, asked).answer() is not None
    events = [(event, fields["current"]) for event, fields in scene.stage.sent]
    assert events == [
        ("gate", "waiting for a person: Go on without a permit?"),
        *[("progress", "waiting for a person: Go on without a permit?")] * 4,
    ]
    first = scene.stage.sent[0][1]
    assert first["answer"] == "rollback-gov approve run-1 override/permit"
    assert first["deadline"] == "2026-01-31 12:08:20.000 UTC"


def test_before_it_has_begun_and_after_its_end_there_is_nothing_to_tell(scene: Scene) -> None:
    scene.journal.append("run.finished", {"result": "failed", "detail": "", "seconds": 3})
    scene.after(600)
    assert scene.stage.sent == []


def test_without_a_run_there_are_no_numbers(stage: Make) -> None:
    one = stage(BODY, clock=(clock := Hands()))
    one.incident.mkdir(exist_ok=True)
    with closing(Journal(one.incident, clock)) as journal:
        updates = Updates(one.context, journal)
        clock.sleep(600)
        updates.tick()
        assert one.sent == []
        updates.tell("watch", {"text": "look"})
    assert set(one.sent[0][1]) == {"time", "at", "contacts", "reason", "text"}


def test_of_several_regions_the_regions_are_counted(scene: Scene) -> None:
    regions = [{"region": name, "sla_seconds": 60} for name in ("eu", "us", "ap")]
    begun = {**BEGUN, "run": "run-1", "regions": regions, "phases": [], "sla_seconds": 0}
    scene.journal.append("run.started", {**begun, "decided_at": "2026-01-31T12:00:00.000Z"})
    for name in ("eu", "us"):
        scene.journal.append("region.started", {"region": name, "sla_seconds": 60})
    scene.journal.append("region.finished", {"region": "eu", "result": "passed", "seconds": 20})
    told = standing(progress_of(scene.journal.events), scene.clock.now())
    assert (told["done"], told["current"], told["next"]) == ("1 of 3 regions", "Region us", "Region ap")
    assert "sla" not in told


def test_a_journal_that_it_cannot_read_costs_the_numbers_and_not_the_message(scene: Scene) -> None:
    scene.journal.append("phase.started", {"nothing": "that is known"})
    scene.updates.tell("step", {"text": "half way"})
    assert scene.stage.sent[0][0] == "step"
    assert scene.last["text"] == "half way"


def test_between_two_phases_nothing_is_made_up(scene: Scene) -> None:
    scene.begin_phase(0)
    scene.end_phase(0)
    assert "current" not in standing(progress_of(scene.journal.events), scene.clock.now())


def test_every_nothing_is_never(stage: Make) -> None:
    one = stage(BODY.replace("2m", "0s"), clock=(clock := Hands()))
    one.incident.mkdir(exist_ok=True)
    with closing(Journal(one.incident, clock)) as journal:
        one.begin(journal)
        updates = Updates(one.context, journal)
        clock.sleep(600)
        updates.tick()
    assert one.sent == []
