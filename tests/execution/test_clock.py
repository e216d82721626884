from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.execution.clock import SystemClock, boot_of, parse_stamp, seconds_since, stamp
from rollback_gov.model.boot import boot_id
from rollback_gov.model.event import Event
from tests.execution.conftest import Hands


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


def line(seq: int, type_: str, monotonic: float, at: str, **data: str) -> Event:
    return Event(seq=seq, at=at, monotonic=monotonic, type=type_, data=data, previous="")


NOON, LATER = "2026-01-31T12:00:00.000Z", "2026-01-31T12:00:30.000Z"


@pytest.mark.parametrize("hours", [0, 5, -5])
def test_within_one_boot_the_steady_clock_says_how_long_ago_it_was(hours: int) -> None:
    events = [
        line(1, "run.started", 950, NOON, boot="this boot"),
        line(2, "step.intent", 970, LATER),
        line(3, "run.resumed", 5, LATER, boot="another"),
    ]
    clock = Hands()
    clock.wall += timedelta(hours=hours)
    assert seconds_since(events[0], events, clock) == 50
    assert seconds_since(events[1], events, clock) == 30


@pytest.mark.parametrize("boot", ["another", ""])
def test_across_boots_and_machines_there_is_only_the_wall_clock(boot: str) -> None:
    events = [line(1, "run.started", 990, NOON, boot=boot), line(2, "step.intent", 999, LATER)]
    clock = Hands()
    assert seconds_since(events[1], events, clock) == 0, "it lies in the future"
    clock.wall += timedelta(minutes=5)
    assert seconds_since(events[0], events, clock) == 300
    assert seconds_since(events[1], events, clock) == 270
    clock.boot = ""
    assert seconds_since(events[1], events, clock) == 270


def test_a_line_is_of_the_process_that_began_before_it() -> None:
    events = [
        line(1, "warning", 1, NOON),
        line(2, "run.started", 2, NOON, boot="one"),
        line(3, "step.intent", 3, NOON),
        line(4, "run.resumed", 1, NOON, boot="two"),
        line(5, "step.finished", 2, NOON),
    ]
    assert [boot_of(event, events) for event in events] == ["", "one", "one", "two", "two"]


def test_the_system_clock_names_its_boot() -> None:
    assert SystemClock().boot == boot_id() != ""


def test_time_in_which_the_machine_slept_is_uptime(monkeypatch: pytest.MonkeyPatch) -> None:
    began = SystemClock().uptime()
    assert 0 < began <= SystemClock().uptime()
    seen = {time.CLOCK_MONOTONIC: 30.0, time.CLOCK_BOOTTIME: 28_830.0}
    monkeypatch.setattr(time, "clock_gettime", seen.__getitem__)
    assert SystemClock().uptime() == 28_830.0
    monkeypatch.delattr(time, "CLOCK_BOOTTIME")
    assert SystemClock().uptime() == 30.0, "the kernel says no more"
