from __future__ import annotations

from rollback_gov.reports.fact import Derived, Measured, NotMeasured, Seconds
from rollback_gov.reports.log import Log
from rollback_gov.reports.steps import Condition, StepFact, steps
from tests.reports import journals
from tests.reports.journals import Story


def by_name(story: Story) -> dict[str, StepFact]:
    """The last attempt of each step."""
    return {step.path.rpartition("/")[2]: step for step in steps(Log(story.events))}


def test_a_step_has_its_times_its_exit_code_and_what_was_expected() -> None:
    step = by_name(journals.passed())["restore"]
    assert step.result == "passed"
    assert step.seconds == Measured(Seconds(182), "journal, step.finished")
    assert step.exit == Measured(0, "journal")
    assert step.checks == (Condition("exit 0", "exit 0", True),)
    assert step.began == Measured("2026-01-31T12:00:55.200Z", "journal, step.intent")
    assert step.ended == Measured("2026-01-31T12:03:57.200Z", "journal, step.finished")


def test_what_did_not_run_took_no_time_that_anybody_measured() -> None:
    step = by_name(journals.passed())["extra-wait"]
    assert step.result == "not_needed"
    assert step.seconds == NotMeasured("it did not run")
    assert isinstance(step.exit, NotMeasured)
    assert step.title == "extra-wait"


def test_each_attempt_is_a_record_of_its_own() -> None:
    found = [step for step in steps(Log(journals.failed().events)) if step.path.endswith("restore-dump/restore")]
    assert [(step.attempt, step.result) for step in found] == [(1, "failed"), (2, "timeout")]


def test_what_a_crash_left_is_told_apart() -> None:
    found = by_name(journals.resumed())
    assert found["adopted"].recovered == "adopted"
    assert found["adopted"].seconds == Derived(Seconds(30.0), "from its beginning to its end in the journal")
    assert found["found"].seconds == NotMeasured("it ended while nobody looked")
    assert (found["verified"].result, found["verified"].recovered) == ("passed", "verified")
    assert (found["asked"].result, found["asked"].recovered, found["asked"].by) == ("by_hand", "unknown", "ann")
    attempts = [step for step in steps(Log(journals.resumed().events)) if step.path.endswith("repeated")]
    assert [(step.attempt, step.result, step.settled) for step in attempts] == [
        (1, "interrupted", "run_again"),
        (2, "passed", ""),
    ]


def test_a_step_that_a_person_gave_up_has_failed() -> None:
    story = Story().intent("phases/a/b").add("step.unknown", step="phases/a/b", attempt=1, reason="no exit code")
    story.add("step.settled", step="phases/a/b", attempt=1, how="person", outcome="abort", by="ann")
    assert by_name(story)["b"].result == "failed"


def test_a_step_that_was_done_by_hand_after_it_failed_keeps_its_name() -> None:
    story = Story().intent("phases/a/b", title="Restore the dump").finish("phases/a/b", "failed")
    story.finish("phases/a/b", "by_hand", exit=None, seconds=0.0, detail="done by ann")
    failed, by_hand = steps(Log(story.events))
    assert (failed.result, by_hand.result) == ("failed", "by_hand")
    assert by_hand.title == "Restore the dump"
    assert by_hand.seconds == NotMeasured("it was done by hand")


def test_a_step_without_an_end_has_none() -> None:
    step = by_name(Story().intent("phases/a/b"))["b"]
    assert step.result == "not ended"
    assert step.seconds == NotMeasured("the run has not ended")


def test_an_adopted_step_whose_clock_was_set_back_took_nobody_knows_how_long() -> None:
    story = Story().intent("phases/a/b").wait(-10).finish("phases/a/b", recovered="adopted")
    assert isinstance(by_name(story)["b"].seconds, NotMeasured)


def test_a_journal_that_lost_its_beginning_is_told_as_far_as_it_goes() -> None:
    story = Story().add("step.unknown", step="phases/a/b", attempt=1, reason="")
    story.add("step.settled", step="phases/a/b", attempt=1, how="verify", outcome="done", by="")
    assert steps(Log(story.events)) == ()
    story.finish("phases/a/b", recovered="adopted")
    assert isinstance(by_name(story)["b"].seconds, NotMeasured)
