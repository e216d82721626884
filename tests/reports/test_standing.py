from __future__ import annotations

from rollback_gov.reports.log import Log
from rollback_gov.reports.standing import Standing, interruptions, standing
from rollback_gov.reports.steps import steps
from tests.reports import journals
from tests.reports.journals import Story


def of(story: Story) -> Standing:
    log = Log(story.events)
    return standing(log, steps(log))


def test_a_run_that_has_ended_says_how() -> None:
    fact = of(journals.failed())
    assert (fact.outcome, fact.detail) == ("failed", "phase 'database' failed")
    assert fact.problems


def test_each_start_again_is_a_process() -> None:
    assert of(journals.passed()).processes == 1
    assert of(journals.resumed()).processes == 3


def test_an_interrupted_run_can_be_resumed() -> None:
    story = Story().start().intent("phases/a/b").add("run.interrupted", signal="SIGTERM", open="phases/a/b")
    fact = of(story)
    assert fact.outcome == "not ended"
    assert fact.detail == "it was interrupted by SIGTERM and can be resumed"
    assert fact.open == ("phases/a/b",)


def test_a_run_that_waits_for_a_person_says_so() -> None:
    story = Story().start().intent("phases/a/go", action="gate")
    story.add("gate.waiting", step="phases/a/go", ask="Go?", deadline="")
    assert of(story).detail == "the gate phases/a/go waits for a person"


def test_a_journal_that_breaks_off_says_where() -> None:
    assert of(Story().start().intent("phases/a/b")).detail == (
        "the step phases/a/b began, and its end is not in the journal"
    )
    assert of(Story().start()).detail == "the journal ends at 2026-01-31T12:00:00.000Z with run.started"


def test_interruptions_and_new_starts_are_listed() -> None:
    first, second, third = interruptions(Log(journals.resumed().events))
    assert (first.kind, first.by, first.host, first.reason) == ("resumed", "ben", "runner-2", "killed")
    assert (second.kind, second.signal, second.open) == ("interrupted", "SIGTERM", "phases/drain/found")
    assert third.kind == "resumed"


def test_messages_that_came_back_later_do_not_hide_where_it_stands() -> None:
    story = Story().start().add("run.interrupted", signal="SIGTERM", open="").message("started", "slack")
    assert of(story).detail == "it was interrupted by SIGTERM and can be resumed"
