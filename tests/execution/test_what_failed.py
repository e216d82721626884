"""What people read who are called to a rollback that failed."""

from __future__ import annotations

from typing import Any

import pytest

from rollback_gov.execution.what_failed import what_failed
from rollback_gov.model.event import Event
from tests.reports import journals
from tests.reports.journals import Story

BACK = "phases/back"
FAILED = "phase 'back' failed"


def story(result: str = "failed", **changes: Any) -> Story:
    begun = Story().start().phase("phases/drain", "Stop traffic").step("phases/drain/weight", 5)
    begun.end_phase("phases/drain", 5).phase(BACK, "Back to 2.0").step(f"{BACK}/tell", 1, title="Tell the shop")
    return begun.step(f"{BACK}/load", 2, result, title="Load the dump", **changes).end_phase(BACK, 3, result="failed")


@pytest.mark.parametrize(
    ("result", "detail", "said"),
    [
        ("failed", "expected exit code 0, saw 1", "failed: expected exit code 0, saw 1"),
        ("failed", "no such file.", "failed: no such file"),
        ("failed", "", "failed"),
        ("timeout", "its time was over", "timed out: its time was over"),
        ("denied", "denied by ben: wrong dump", "was denied: by ben: wrong dump"),
    ],
)
def test_phase_and_step_have_their_titles_and_the_error_is_told(result: str, detail: str, said: str) -> None:
    text = what_failed(story(result, detail=detail).events, FAILED)
    assert text == f"in phase 'Back to 2.0', step 'Load the dump' {said}"


def test_of_several_ways_the_last_one_counts() -> None:
    text = what_failed(journals.failed().events, "phase 'database' failed")
    assert text == "in phase 'Database rollback', step 'restore' failed: no such file"


@pytest.mark.parametrize(
    "detail", ["verification failed: errors", "the whole run took longer than its timeout", "phase 'drain' failed", ""]
)
def test_where_no_such_phase_failed_the_detail_stays(detail: str) -> None:
    assert what_failed(story().events, detail) == detail


def verified_in_vain(*checks: tuple[str, str]) -> Story:
    begun = Story().start().phase("verification", "Verification").check("traffic")
    for check, result in checks:
        begun.check(check, result, observed="0.042" if result == "failed" else "no data")
    begun.check("throughput", "failed", severity="warn")
    return begun.end_phase("verification", 9, result="failed")


def test_a_check_that_failed_has_its_title_what_was_expected_and_what_came() -> None:
    text = what_failed(verified_in_vain(("errors", "failed")).events, "verification failed: errors")
    assert text == "in the verification, check 'The errors' failed: expected below 0.001, saw 0.042"


def test_of_several_checks_each_is_told_and_what_nobody_could_see_is_no_failure() -> None:
    events = verified_in_vain(("errors", "failed"), ("logins", "unknown")).events
    assert what_failed(events, "verification failed: errors, logins") == (
        "in the verification, check 'The errors' failed: expected below 0.001, saw 0.042; "
        "check 'The logins' could not be evaluated: expected below 0.001, saw no data"
    )


def test_a_check_counts_as_it_was_evaluated_last() -> None:
    events = verified_in_vain(("errors", "failed")).check("errors").events
    assert what_failed(events, "verification failed: errors") == "verification failed: errors"


def test_of_many_checks_three_are_told() -> None:
    names = [f"c{number}" for number in range(50)]
    events = verified_in_vain(*((name, "failed") for name in names)).events
    text = what_failed(events, f"verification failed: {', '.join(names)}")
    assert text.endswith("check 'The c2' failed: expected below 0.001, saw 0.042; and 47 more")
    assert "c3" not in text


def test_what_a_check_saw_stays_one_short_line() -> None:
    seen = "\x1b[31m" + "x\n" * 100_000
    begun = Story().start().phase("verification", "Verification").check("errors", "failed", observed=seen)
    text = what_failed(begun.end_phase("verification", 9, result="failed").events, "verification failed: errors")
    assert len(text) < 250
    assert text.isprintable()


def test_a_phase_that_failed_without_a_step_has_its_title() -> None:
    events = Story().start().phase(BACK, "Back to 2.0").end_phase(BACK, 0, result="failed").events
    assert what_failed(events, FAILED) == "phase 'Back to 2.0' failed"


def test_a_title_of_any_length_stays_one_line() -> None:
    events = Story().start().phase(BACK, "x\n" * 100_000).end_phase(BACK, 0, result="failed").events
    text = what_failed(events, FAILED)
    assert len(text) < 600
    assert "\n" not in text


def test_events_that_make_no_sense_leave_the_detail() -> None:
    broken = Event(seq=1, at="", monotonic=0.0, type="phase.started", data={}, previous="")
    assert what_failed((broken,), FAILED) == FAILED
