from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rollback_gov.reports.fact import Measured, NotMeasured, Seconds
from rollback_gov.reports.log import Log, between, moment
from tests.reports.journals import Story


def test_the_first_event_of_a_type_gives_the_time_and_the_last_one_the_data() -> None:
    log = Log(Story().wait(1).add("warning", message="one").wait(1).add("warning", message="two").events)
    assert log.time("warning", "never") == Measured("2026-01-31T12:00:01.000Z", "journal, warning")
    assert log.last("warning") == {"message": "two"}
    assert [data["message"] for data in log.data("warning")] == ["one", "two"]


def test_what_is_not_in_the_journal_is_empty_or_unknown() -> None:
    log = Log(())
    assert log.time("run.verified", "it never came to that") == NotMeasured("it never came to that")
    assert not log.started
    assert not log.finished


@pytest.mark.parametrize(
    "text",
    ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000+00:00", "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00"],
)
def test_every_way_to_write_a_time_is_the_same_moment(text: str) -> None:
    assert moment(text) == datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01T00:00:00+23:59", "2026-13-01"])
def test_text_that_is_no_time_is_not_measured(text: str) -> None:
    assert isinstance(moment(text), NotMeasured)


def test_clocks_that_disagree_have_measured_nothing() -> None:
    early, late = "2026-01-31T12:00:00Z", "2026-01-31T12:00:05.250Z"
    assert between(early, late) == Seconds(5.25)
    assert isinstance(between(late, early), NotMeasured)
    assert isinstance(between("?", late), NotMeasured)
    assert isinstance(between(early, "?"), NotMeasured)
