"""When a break-glass is to be reviewed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rollback_gov.records.break_glass import review_due


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2025-12-08T10:00:00", "2025-12-10T10:00:00"),  # Monday
        ("2025-12-10T10:00:00", "2025-12-12T10:00:00"),  # Wednesday
        ("2025-12-11T10:00:00", "2025-12-15T10:00:00"),  # Thursday
        ("2025-12-12T23:59:59", "2025-12-16T23:59:59"),  # Friday
        ("2025-12-13T03:00:00", "2025-12-16T03:00:00"),  # Saturday
        ("2025-12-14T03:00:00", "2025-12-16T03:00:00"),  # Sunday
    ],
)
def test_a_review_is_due_after_two_working_days(opened: str, due: str) -> None:
    utc = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (opened, due)]
    assert review_due(utc[0]) == utc[1]
