from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.execution.clock import SystemClock, parse_stamp, stamp


def test_a_stamp_is_utc_with_milliseconds() -> None:
    assert stamp(datetime(2026, 1, 31, 12, 0, 0, 123_999, tzinfo=UTC)) == "2026-01-31T12:00:00.123Z"
    east = timezone(timedelta(hours=2))
    assert stamp(datetime(2026, 1, 31, 1, tzinfo=east)) == "2026-01-30T23:00:00.000Z"


@given(st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)))
def test_a_stamp_is_read_as_it_was_written(moment: datetime) -> None:
    assert parse_stamp(stamp(moment)) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def test_what_is_no_stamp_is_an_error() -> None:
    with pytest.raises(ValueError, match="yesterday"):
        parse_stamp("yesterday")


def test_the_system_clock_is_utc_and_steady() -> None:
    clock = SystemClock()
    began = clock.monotonic()
    clock.sleep(0.01)
    assert clock.monotonic() - began >= 0.01
    assert clock.now().tzinfo is UTC
