from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.reports.dashboard.figures import Share, Spread, known, number, spread
from rollback_gov.reports.fact import Measured, NotMeasured, Seconds
from tests.thoroughness import examples


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 1, "0 of 1"),
        (7, 9, "7 of 9"),
        (9, 10, "90 %"),
        (10, 10, "100 %"),
        (0, 10, "0 %"),
        (2, 3_000, "0.1 %"),
        (1, 9_999, "0.1 %"),
        (9_999, 10_000, "99.9 %"),
        (2, 30, "6.7 %"),
    ],
)
def test_a_share_says_what_is_known(part: int, whole: int, shown: str) -> None:
    assert str(Share(part, whole)) == shown


@given(whole=st.integers(1, 100_000), data=st.data())
@settings(max_examples=examples(100))
def test_only_all_are_a_hundred_per_cent_and_only_none_are_zero(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    assert (str(Share(part, whole)) in ("100 %", f"{whole} of {whole}")) == (part == whole)
    assert str(Share(part, whole)).startswith("0 ") == (part == 0)


def test_of_nothing_there_is_no_share() -> None:
    assert isinstance(Share(0, 0).ratio, NotMeasured)
    assert Share(1, 4).ratio == 0.25


def test_how_values_lie() -> None:
    assert spread([3.0, 1.0, 2.0], "") == Spread(n=3, middle=2.0, ninth=3.0, most=3.0)
    assert spread([float(value) for value in range(1, 101)], "") == Spread(n=100, middle=50.5, ninth=90.0, most=100.0)


def test_of_no_values_it_says_why() -> None:
    assert spread([], "no run has ended") == NotMeasured("no run has ended")


def test_what_is_no_span_of_time_is_not_measured() -> None:
    assert number(Measured(Seconds(3.5), "")) == 3.5
    assert isinstance(number(Measured(Seconds(float("inf")), "")), NotMeasured)
    assert number(NotMeasured("because")) == NotMeasured("because")


def test_only_what_is_known_counts() -> None:
    assert known([1.0, NotMeasured("x"), 0.0]) == [1.0, 0.0]
