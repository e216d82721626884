"""Times of records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from rollback_gov.records.errors import RecordError
from rollback_gov.records.times import moment, stamp


def test_a_time_is_read_as_it_is_written() -> None:
    at = datetime(2025, 12, 9, 12, 0, 1, tzinfo=UTC)
    assert moment(stamp(at)) == at
    assert stamp(at.astimezone(timezone(timedelta(hours=5)))) == "2025-12-09T12:00:01Z"
    assert stamp(datetime(1, 1, 3, tzinfo=UTC)) == "0001-01-03T00:00:00Z"
    assert moment("2025-12-09T13:00:01.500+01:00") == at + timedelta(milliseconds=500)


@pytest.mark.parametrize("text", ["", "soon", "2025-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_said(text: str) -> None:
    with pytest.raises(RecordError, match="is no time"):
        moment(text)
