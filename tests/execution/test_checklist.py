"""Checklists are gone through with whoever is there; nobody there is written down too."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rollback_gov.model.errors import Interrupted
from tests.execution.conftest import Stage, Talk

Make = Callable[..., Stage]
BODY = """
checklists: {before: [Alert confirmed, No quick fix], during: [Team told], after: [Login works]}
phases: [{id: one, steps: [{id: a, run: 'true'}]}]
verification: {manual: [Dashboards are quiet, Login works]}
recovery: [{id: clean, steps: [{id: b, run: 'true'}]}]
"""


def ticks(stage: Stage) -> list[tuple[str, str, bool, str]]:
    return [(data["moment"], data["item"], data["done"], data["by"]) for data in stage.of("checklist")]


@pytest.mark.parametrize(
    ("said", "done"),
    [
        ("", (True, True)),
        ("yes", (True, True)),
        ("2", (True, False)),
        ("1, 2", (False, False)),
        ("none", (False, False)),
    ],
)
def test_what_a_person_ticks(stage: Make, said: str, done: tuple[bool, bool]) -> None:
    run = stage(BODY, console=Talk({"all is done": said}))
    run.run()
    assert ticks(run)[:2] == [
        ("before", "Alert confirmed", done[0], "ann"),
        ("before", "No quick fix", done[1], "ann"),
    ]


def test_an_item_that_is_not_done_stops_nothing(stage: Make) -> None:
    run = stage(BODY, console=Talk({"all is done": "none"}))
    assert run.run().result == "passed"


def test_nobody_there_is_written_down(stage: Make) -> None:
    run = stage(BODY)
    assert run.run().result == "passed"
    assert all(not done and not by for _, _, done, by in ticks(run))
    assert "    nobody is there to tick it; the report says so" in run.console.lines


def test_what_is_looked_at_after_the_rollback_does_not_count_for_its_time(stage: Make) -> None:
    run = stage(BODY, console=Talk({"all is done": ""}))
    run.run()
    order = [event.type for event in run.events]
    last = [data for data in ticks(run) if data[0] == "after"]
    assert [item for _, item, _, _ in last] == ["Team told", "Login works", "Dashboards are quiet"]
    assert order.index("run.verified") < max(i for i, kind in enumerate(order) if kind == "checklist")
    assert order[-5:-1] == ["phase.started", "step.intent", "step.finished", "phase.finished"], "recovery comes last"


class Unsure(Talk):
    """Says something that is no answer before the answer."""

    def __init__(self, *said: str) -> None:
        super().__init__({"": ""})
        self.said = list(said)

    def ask(self, question: str, seconds: float) -> str | None:
        return self.said.pop(0)


def test_an_answer_that_makes_no_sense_is_asked_again(stage: Make) -> None:
    run = stage(BODY, console=Unsure("7", "maybe", "0", "1", ""))
    run.run()
    assert [done for _, _, done, _ in ticks(run)[:2]] == [False, True]


class Leaves(Talk):
    """Wants the run to stop instead of answering."""

    def ask(self, question: str, seconds: float) -> str | None:
        self.stage.stop.signal = "SIGINT"
        return None

    stage: Stage


def test_whoever_resumes_the_run_is_asked_again(stage: Make) -> None:
    leaves = Leaves({"": ""})
    run = stage(BODY, console=leaves)
    leaves.stage = run
    with pytest.raises(Interrupted):
        run.run()
    assert ticks(run) == []
    run.stop.signal, run.console = "", Talk({"all is done": ""})
    assert run.run().result == "passed"
    assert len(ticks(run)) == 5
