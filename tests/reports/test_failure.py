from __future__ import annotations

from rollback_gov.reports.failure import Failure, failures
from rollback_gov.reports.log import Log
from rollback_gov.reports.phases import phases
from rollback_gov.reports.steps import steps
from tests.reports import journals
from tests.reports.journals import Story


def of(story: Story) -> tuple[Failure, ...]:
    log = Log(story.events)
    return failures(steps(log), phases(log), log)


def test_a_failure_names_its_phase_its_step_the_error_and_the_logs() -> None:
    first, *_ = of(journals.failed())
    assert first.phase == "Database rollback"
    assert first.step == "phases/database/restore-dump/restore"
    assert first.error.endswith("could not read from input file: end of file")
    assert first.logs[-1] == "outputs/restore.err"


def test_a_failure_says_what_followed() -> None:
    assert [failure.then for failure in of(journals.failed())] == [
        "it was tried again",
        "the phase went on with alternative 'secondary-backup'",
        "the phase failed",
    ]
    assert [failure.then for failure in of(journals.fallen_back())] == [
        "the phase went on with alternative 'secondary-backup'",
        "the plan went on in spite of it",
    ]


def test_failed_checks_are_failures_and_warnings_say_that_they_are_only_that() -> None:
    story = Story().check("errors", "failed", observed="0.02").check("speed", "unknown", severity="warn").check("users")
    failed, warned = of(story)
    assert (failed.step, failed.then) == ("errors", "the verification failed")
    assert failed.error == "expected below 0.001, saw 0.02"
    assert (warned.step, warned.then) == ("speed", "it is a warning only")


def test_what_follows_is_open_while_the_run_goes_on() -> None:
    story = Story().phase("phases/a", "A").step("phases/a/b", 1, "failed")
    assert [failure.then for failure in of(story)] == ["the run has not ended"]


def test_a_step_whose_phase_is_not_in_the_journal_is_told_by_its_path() -> None:
    (failure,) = of(Story().step("phases/a/b", 1, "timeout"))
    assert (failure.phase, failure.then) == ("phases/a", "the run has not ended")


def test_a_step_of_an_alternative_that_the_journal_does_not_know_has_no_sequel() -> None:
    story = Story().phase("phases/a", "A", alternative="one").step("phases/a/two/b", 1, "failed")
    assert [failure.then for failure in of(story)] == ["the run has not ended"]
