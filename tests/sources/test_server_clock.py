"""Times by the clock of the server that is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.sources.interface import Failure, Reply
from rollback_gov.sources.server_clock import ServerClock


def reply(ahead: float) -> Reply:
    return Reply(status=200, body=b"", ahead=ahead)


def test_in_step_nothing_is_moved() -> None:
    clock = ServerClock()
    assert not clock.heard(reply(0.0))
    assert not clock.heard(Failure("nobody answers"))
    assert clock.time_of(100.25) == 100.25


@pytest.mark.parametrize(("ahead", "moved"), [(60.4, 40.25), (-3600.0, 3700.25), (2.1, 98.25), (-1.1, 102.25)])
def test_out_of_step_every_time_is_moved_by_whole_seconds(ahead: float, moved: float) -> None:
    clock = ServerClock()
    assert clock.heard(reply(ahead))
    assert clock.time_of(100.25) == moved
    assert not clock.heard(reply(ahead)), "now it is the server's"


def test_a_second_more_or_less_moves_nothing_again() -> None:
    clock = ServerClock()
    clock.heard(reply(60.4))
    for ahead in (59.6, 61.4, 60.0):
        assert not clock.heard(reply(ahead))
        assert clock.time_of(100.25) == 40.25


def test_a_clock_that_was_set_right_is_believed() -> None:
    clock = ServerClock()
    clock.heard(reply(60.4))
    assert clock.heard(reply(0.0))
    assert clock.time_of(100.0) == 100.0


@given(st.floats(-(10**6), 10**6), st.floats(0, 0.999))
def test_it_is_never_off_by_more_than_a_second(ahead: float, cut: float) -> None:
    """The true difference, and how much of a second the server's date does not show."""
    clock, shown = ServerClock(), ahead + cut
    clock.heard(reply(0.0 if -1 <= shown <= 2 else shown))
    wrong = abs(clock.time_of(0.0) + ahead)
    assert wrong <= (2 if -1 <= shown <= 2 else 1.001)
