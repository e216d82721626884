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
