"""When the next request may go out: at a pace, after a limit, and with something left for others."""

from __future__ import annotations

from threading import Thread

import pytest

from rollback_gov.github.fleet.traffic import Limits, ScanEnded, Traffic

HOUR = 1_769_860_800
"""When the next hour of the limit begins, seconds since the epoch."""


class Clock:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self, now: float = HOUR - 100.0) -> None:
        self.now = now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def traffic(clock: Clock, *, per_minute: int = 0, reserve: int | None = None, patience: float = 900.0) -> Traffic:
    limits = Limits(per_minute=per_minute, reserve=reserve, patience=patience)
    return Traffic(limits, now=lambda: clock.now, sleep=clock.sleep)


def waited(clock: Clock, traffic: Traffic) -> float:
    before = clock.now
    traffic.enter()
    return clock.now - before


def rate(remaining: int, limit: int = 5000, reset: int = HOUR) -> dict[str, str]:
    return {
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-reset": str(reset),
    }


def test_requests_are_spaced_out_evenly() -> None:
    clock = Clock()
    one = traffic(clock, per_minute=120)
    assert waited(clock, one) == 0
    assert [waited(clock, one) for _ in range(4)] == pytest.approx([0.5] * 4)
    assert one.requests == 5


def test_zero_a_minute_is_no_pace_at_all() -> None:
    clock = Clock()
    one = traffic(clock)
    assert sum(waited(clock, one) for _ in range(1000)) == 0


def test_who_was_idle_gets_no_burst() -> None:
    clock = Clock()
    one = traffic(clock, per_minute=60)
    one.enter()
    clock.now += 3600
    assert waited(clock, one) == 0
    assert waited(clock, one) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("status", "headers", "message", "seconds"),
    [
        (403, {"retry-after": "7"}, "You have exceeded a secondary rate limit.", 7),
        (429, {"retry-after": "7"}, "", 7),
        (429, {}, "", 60),
        (403, {}, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", 60),
        (403, rate(0), "API rate limit exceeded for installation ID 7.", 101),
        (403, {"retry-after": "soon"}, "", 60),
    ],
)
def test_a_refusal_is_waited_out_by_all(status: int, headers: dict[str, str], message: str, seconds: float) -> None:
    clock = Clock()
    one = traffic(clock)
    one.enter()
    assert one.heard(status, headers, message)
    assert waited(clock, one) == pytest.approx(seconds)
    assert waited(clock, one) == 0


@pytest.mark.parametrize(
    ("status", "message"),
    [(403, "Resource not accessible by integration"), (404, "Not Found"), (200, ""), (304, ""), (502, "")],
)
def test_other_answers_are_not_waited_for(status: int, message: str) -> None:
    clock = Clock()
    one = traffic(clock)
    assert not one.heard(status, {}, message)
    assert waited(clock, one) == 0
    assert one.unchanged == (status == 304)


def test_where_nobody_says_how_long_each_wait_is_twice_as_long() -> None:
    clock = Clock()
    one = traffic(clock, patience=9999)
    found = []
    for _ in range(3):
        one.heard(429, {}, "")
        found.append(waited(clock, one))
    assert found == pytest.approx([60, 120, 240])
    one.heard(200, {}, "")
    one.heard(429, {}, "")
    assert waited(clock, one) == pytest.approx(60), "a success in between begins anew"


@pytest.mark.parametrize(
    ("reserve", "remaining", "waits"),
    [(None, 501, False), (None, 500, True), (0, 1, False), (0, 0, True), (4000, 4000, True), (4000, 4001, False)],
)
def test_some_of_the_hour_is_left_for_others(reserve: int | None, remaining: int, waits: bool) -> None:
    clock = Clock()
    one = traffic(clock, reserve=reserve)
    assert not one.heard(200, rate(remaining), "")
    assert waited(clock, one) == pytest.approx(101 if waits else 0)


def test_an_hour_that_is_over_stops_nobody() -> None:
    clock = Clock(HOUR + 5.0)
    one = traffic(clock)
    one.heard(200, rate(0), "")
    assert waited(clock, one) == 0


def test_patience_ends_with_the_time_that_is_said() -> None:
    clock = Clock()
    one = traffic(clock, patience=100)
    one.heard(200, rate(10), "")
    with pytest.raises(ScanEnded, match="used up until 2026-01-31T12:00:01Z") as error:
        one.enter()
    assert "--state" in error.value.hint
    assert one.requests == 0


def test_patience_is_for_all_waits_together_and_counts_none_twice() -> None:
    clock = Clock()
    one = traffic(clock, patience=100)
    for _ in range(8):  # eight threads hear of the same wait
        one.heard(403, {"retry-after": "60"}, "")
        one.heard(200, {}, "")
    assert waited(clock, one) == pytest.approx(60)
    one.heard(403, {"retry-after": "60"}, "")
    with pytest.raises(ScanEnded):
        one.enter()


def test_threads_that_hear_of_a_wait_a_little_later_prolong_it_by_no_more() -> None:
    clock = Clock()
    one = traffic(clock, patience=100)
    for _ in range(5):
        one.heard(403, {"retry-after": "60"}, "")
        clock.now += 1
    assert waited(clock, one) == pytest.approx(59)


def test_who_is_refused_again_and_again_stops() -> None:
    clock = Clock()
    one = traffic(clock, patience=10**6)
    for _ in range(6):
        one.heard(403, {"retry-after": "1"}, "")
        clock.now += 2
    with pytest.raises(ScanEnded):
        one.enter()


@pytest.mark.parametrize("reset", ["99999999999999999999", "-5", "1e9", "", "\u0661"])
def test_a_header_that_is_no_number_breaks_nothing(reset: str) -> None:
    clock = Clock()
    one = traffic(clock)
    one.heard(200, {**rate(0), "x-ratelimit-reset": reset}, "")
    assert waited(clock, one) == 0


def test_a_server_that_is_not_there_is_left() -> None:
    one = traffic(Clock())
    for _ in range(10):
        one.failed("ConnectTimeout")
    one.heard(200, {}, "")
    for _ in range(19):
        one.heard(502, {}, "")
    one.enter()
    one.failed("ConnectTimeout")
    with pytest.raises(ScanEnded, match=r"did not answer 20 requests in a row \(ConnectTimeout\)"):
        one.enter()


def ten_times(one: Traffic) -> None:
    for _ in range(10):
        one.enter()


def test_many_threads_share_one_pace() -> None:
    clock = Clock()
    one = traffic(clock, per_minute=600)
    threads = [Thread(target=ten_times, args=(one,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one.requests == 40
    assert clock.now - (HOUR - 100) >= 39 * 0.1 - 0.001


def test_who_is_told_to_stop_asks_no_more() -> None:
    one = traffic(Clock())
    one.stop(ScanEnded("first"))
    one.stop(ScanEnded("second"))
    with pytest.raises(ScanEnded, match="first"):
        one.enter()
