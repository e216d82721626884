"""Time on the page: moments that stay, whatever the hour."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.execution.progression import progress_of
from rollback_gov.execution.projection import elapsed, left, may_be_late
from rollback_gov.reports.dashboard.timing import WIDTH, clock, clock_left, epoch, timing_of
from tests.reports.dashboard.following import at, events_of


@pytest.mark.parametrize(
    ("seconds", "passed", "to_come"),
    [
        (0, "0:00", "0:00"),
        (0.4, "0:00", "0:01"),
        (59.999, "0:59", "1:00"),
        (60, "1:00", "1:00"),
        (61.2, "1:01", "1:02"),
        (3599.5, "59:59", "1:00:00"),
        (3661, "1:01:01", "1:01:01"),
        (-0.4, "0:00", "0:00"),
        (-61.2, "1:01", "1:01"),
    ],
)
def test_spans_are_written_like_a_clock(seconds: float, passed: str, to_come: str) -> None:
    assert clock(seconds) == passed
    assert clock_left(seconds) == to_come


@given(st.floats(0, 100_000), st.integers(0, 100_000))
def test_what_has_passed_and_what_is_left_are_the_whole(spent: float, limit: int) -> None:
    if spent < limit:
        assert seconds_of(clock(spent)) + seconds_of(clock_left(limit - spent)) == limit


def seconds_of(text: str) -> int:
    total = 0
    for part in text.split(":"):
        total = total * 60 + int(part)
    return total


def test_nobody_has_decided_yet() -> None:
    assert timing_of(progress_of(events_of("rehearsed")[:5]), at("2026-11-30T10:34:30.000Z")) is None


def test_moments_stay_while_time_passes_within_a_budget() -> None:
    progress, began = progress_of(events_of("passed")[:16]), at("2026-11-30T10:34:50.000Z")
    first = timing_of(progress, began)
    assert first is not None
    assert first == timing_of(progress, began + timedelta(seconds=3))
    assert first.ends == epoch(progress.decided_at) + progress.sla
    assert first.took is None
    late = timing_of(progress, began + timedelta(seconds=40))
    assert late is not None
    assert late.finish > first.finish


def test_over_and_tight() -> None:
    progress, began = progress_of(events_of("passed")[:16]), at("2026-11-30T10:34:50.000Z")
    for seconds in (0, 30, 60, 110, 130, 1000):
        now = began + timedelta(seconds=seconds)
        timing = timing_of(progress, now)
        assert timing is not None
        assert timing.over == (left(progress, now) < 0)
        assert timing.tight == may_be_late(progress, now)
        assert elapsed(progress, now) <= timing.scale
        assert 0 <= timing.place(progress.sla) <= WIDTH
        assert timing.place(elapsed(progress, now)) <= WIDTH


def test_a_run_that_has_ended_stands_still() -> None:
    progress, now = progress_of(events_of("passed")), at("2026-11-30T12:00:00.000Z")
    timing = timing_of(progress, now)
    assert timing is not None
    assert timing.took == progress.verified
    assert timing == timing_of(progress, now + timedelta(days=1))


def test_marks_are_where_phases_ended_and_where_they_have_to() -> None:
    now = at("2026-11-30T10:36:07.000Z")
    running = timing_of(progress_of(events_of("failed")[:22]), now)
    ended = timing_of(progress_of(events_of("failed")), now)
    assert running is not None
    assert ended is not None
    assert [mark.title for mark in running.marks][:2] == ["Stop new orders", "Database back to schema 1"]
    assert len(running.marks) == 5
    assert [mark.place for mark in running.marks] == sorted(mark.place for mark in running.marks)
    assert [mark.title for mark in ended.marks] == ["Stop new orders", "Database back to schema 1"]


def test_without_an_sla_the_bar_has_no_end() -> None:
    timing = timing_of(progress_of(events_of("regional")[:3]), at("2026-11-30T10:36:09.000Z"))
    assert timing is not None
    assert (timing.limit, timing.over, timing.tight) == (0, False, False)
    assert timing.scale >= 60
