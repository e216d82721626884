"""Which approval allowed the rollback, and when it began to change something."""

from __future__ import annotations

import pytest

from rollback_gov.reports.approval import approved, first_command
from rollback_gov.reports.fact import Measured, NotMeasured
from rollback_gov.reports.log import Log
from tests.reports.journals import Story


def yes(story: Story, name: str, decision: str = "approved") -> Story:
    story.wait(10).add("gate.waiting", step=name, ask="Go?", deadline="")
    rest = {"by": "ben", "reason": "", "seconds": 5, "executable": "e" * 64}
    return story.wait(5).add("gate.decided", step=name, decision=decision, **rest)


def intent(story: Story, step: str, action: str = "run") -> Story:
    rest = {"deadline": "", "timeout_seconds": 0, "script_sha256": "", "destructive": False, "idempotent": False}
    return story.wait(10).add("step.intent", step=step, title=step, action=action, attempt=1, **rest)


def at(story: Story) -> tuple[str, str]:
    """Minutes and seconds of the approval and of the first command; empty where there was none."""
    log = Log(story.events)
    facts = (approved(log), first_command(log))
    return tuple(str(fact.value)[14:19] if isinstance(fact, Measured) else "" for fact in facts)  # type: ignore[return-value]


def test_the_last_yes_before_the_first_command() -> None:
    story = yes(yes(Story().start(), "override/safety"), "phases/drain/go")
    story = intent(story, "phases/drain/close")
    assert at(yes(story, "phases/database/sure")) == ("00:30", "00:40")


def test_a_gate_is_no_command() -> None:
    story = yes(intent(Story().start(), "phases/drain/go", "gate"), "phases/drain/go")
    assert at(intent(story, "phases/drain/close")) == ("00:25", "00:35")


def test_the_yes_to_the_first_command_itself() -> None:
    """Terraform shows its plan and asks within its step."""
    story = yes(yes(Story().start(), "override/tools"), "regions/before-eu")
    story = yes(intent(story, "phases/infra/apply", "terraform"), "phases/infra/apply")
    assert at(story) == ("00:55", "00:40")


@pytest.mark.parametrize("name", ["phases/later/sure", "failure", "last-resort"])
def test_a_yes_to_something_later_allowed_only_that(name: str) -> None:
    story = yes(intent(Story().start(), "phases/drain/close"), name)
    assert at(story) == ("", "00:10")
    why = "no gate was approved before the first command" if name == "phases/later/sure" else "no gate was approved"
    assert approved(Log(story.events)) == NotMeasured(why)


def test_a_no_and_a_remedy_that_was_chosen_approve_nothing() -> None:
    story = yes(yes(Story().start(), "phases/drain/go", "denied"), "help/phases/drain", "1")
    assert at(story) == ("", "")
