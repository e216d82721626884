"""The first law: a rollback's refusals can be overridden by a named person with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.override import insist
from rollback_gov.model.errors import Refused
from tests.execution.conftest import Stage, Talk

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
    assert journal.events[0].data["reason"] == "it burns"


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
    assert journal.events == []
