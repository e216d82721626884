"""The first law: a rollback's refusals can be overridden by a named person with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.inbox import Answer, leave
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.override import insist
from rollback_gov.model.errors import Interrupted, Refused
from tests.execution.conftest import Hands, Stage, Talk

Make = Callable[..., Stage]
BODY = "phases: [{id: one, steps: [{id: a, run: 'true'}]}]"


@pytest.fixture
def journal(stage: Make) -> Iterator[Journal]:
    scene = stage(BODY)
    opened = Journal(scene.context.folder, SystemClock())
    yield opened
    opened.close()


def test_a_reason_given_beforehand(stage: Make, journal: Journal) -> None:
    scene = stage(BODY)
    insist(scene.context, journal, "tools", "kubectl is missing.", {"tools": "done by hand"})
    (event,) = journal.events
    assert (event.type, event.data) == ("override", {"check": "tools", "reason": "done by hand", "by": "ann"})
    assert scene.console.lines == ["  REFUSED tools: kubectl is missing.", "  overridden by ann: done by hand"]


def test_a_reason_given_at_the_terminal(stage: Make, journal: Journal) -> None:
    scene = stage(BODY, console=Talk({"Write the reason": "it burns"}))
    insist(scene.context, journal, "safety", "traffic is high.", {})
    assert [event.type for event in journal.events] == ["gate.waiting", "gate.decided", "override"]
    assert journal.events[-1].data == {"check": "safety", "reason": "it burns", "by": "ann"}


@pytest.mark.parametrize(
    ("answers", "overrides"), [({}, {}), ({"Write the reason": ""}, {}), ({}, {"another": "x"}), ({}, {"tools": ""})]
)
def test_without_a_reason_it_stays_refused(
    stage: Make, journal: Journal, answers: dict[str, str], overrides: dict[str, str]
) -> None:
    scene = stage(BODY, console=Talk(answers))
    with pytest.raises(Refused, match=r"The rollback was not started: kubectl is missing\.") as refused:
        insist(scene.context, journal, "tools", "kubectl is missing.", overrides)
    assert "--override tools" in refused.value.hint
    assert [event.data["decision"] for event in journal.events[1:]] == (["denied"] if answers else [])


def test_with_nobody_at_the_terminal_somebody_elsewhere_may_go_on(stage: Make, journal: Journal) -> None:
    scene = stage(BODY)
    context = replace(scene.context, patience=30.0)
    answer = Answer(step="override/safety", decision="approved", by="bob", reason="it burns", executable="")
    leave(context.folder, answer, number=1)
    insist(context, journal, "safety", "traffic is high.", {})
    waiting, decided, override = journal.events
    assert (waiting.type, waiting.data["step"]) == ("gate.waiting", "override/safety")
    assert (decided.type, decided.data["decision"], decided.data["by"]) == ("gate.decided", "approved", "bob")
    assert override.data == {"check": "safety", "reason": "it burns", "by": "bob"}
    ((event, told),) = scene.sent
    assert (event, told["step"], told["text"]) == ("gate", "override/safety", "Roll back although traffic is high.")
    assert told["answer"] == "rollback-gov approve run-1 override/safety"


@pytest.mark.parametrize(("decision", "recorded"), [("denied", "denied"), ("", "deadline")])
def test_a_no_from_elsewhere_and_silence_are_refusals(
    stage: Make, journal: Journal, decision: str, recorded: str
) -> None:
    scene = stage(BODY)
    context = replace(scene.context, clock=Hands(), patience=5.0)
    if decision:
        leave(
            context.folder,
            Answer(step="override/safety", decision=decision, by="bob", reason="", executable=""),
            number=1,
        )
    with pytest.raises(Refused, match="traffic is high"):
        insist(context, journal, "safety", "traffic is high.", {})
    assert [event.data.get("decision") for event in journal.events] == [None, recorded]


def test_a_run_that_is_to_stop_meanwhile_says_so_and_is_not_refused(stage: Make, journal: Journal) -> None:
    scene = stage(BODY, console=Talk({"Write the reason": ""}))
    scene.stop.signal = "SIGTERM"
    with pytest.raises(Interrupted, match="interrupted by SIGTERM"):
        insist(scene.context, journal, "safety", "traffic is high.", {})
    assert journal.events[-1].data == {"signal": "SIGTERM", "by": "", "reason": "", "open": ""}


def test_a_run_that_has_begun_is_told_that_it_does_not_go_on(stage: Callable[..., Stage]) -> None:
    run = stage("phases: [{id: one, steps: [{id: a, run: x}]}]")
    with closing(Journal(run.context.folder, run.clock)) as journal:
        journal.append("step.intent", {"step": "phases/one/a"})
        with pytest.raises(Refused, match=r"The rollback does not go on: the plan has changed\."):
            insist(run.context, journal, "plan-changed", "the plan has changed.", {})
