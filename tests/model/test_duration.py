from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.duration import Duration

TEN_YEARS = 3660 * 86_400_000


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("90s", 90_000),
        ("2m", 120_000),
        ("1h30m", 5_400_000),
        ("1d", 86_400_000),
        ("250ms", 250),
        ("1d2h3m4s5ms", 93_784_005),
        ("0s", 0),
        ("090s", 90_000),
        ("3660d", TEN_YEARS),
    ],
)
def test_a_number_and_a_unit_from_the_largest_to_the_smallest(text: str, milliseconds: int) -> None:
    assert Duration.parse(text) == Duration(milliseconds)


@pytest.mark.parametrize(
    "text", ["", "5", "m", "1.5h", "-5m", "5 m", "5M", "5min", "30m1h", "5m5m", "5m\n", "\n5m", "٣m", "1:30", "P1D"]
)
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"is not a duration\. Write a number and a unit, such as 90s, 2m or 1h30m\."
    ) as error:
        Duration.parse(text)
    assert str(error.value).startswith(f"'{text}'")


def test_ten_years_are_the_end_so_that_no_clock_overflows() -> None:
    with pytest.raises(ValueError, match="'3661d' is longer than ten years"):
        Duration.parse("3661d")


def test_a_duration_of_ten_thousand_digits_is_not_calculated() -> None:
    with pytest.raises(ValueError, match="is not a duration that anybody can read") as error:
        Duration.parse("9" * 10_000 + "d")
    assert len(str(error.value)) < 100


@given(st.integers(0, TEN_YEARS))
def test_text_and_back(milliseconds: int) -> None:
    assert Duration.parse(str(Duration(milliseconds))) == Duration(milliseconds)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0s"), (1, "1ms"), (1_000, "1s"), (90_000, "1m30s"), (86_400_000, "1d"), (90_061_001, "1d1h1m1s1ms")],
)
def test_its_text_has_no_empty_parts(milliseconds: int, text: str) -> None:
    assert str(Duration(milliseconds)) == text


def test_durations_add_up_and_compare() -> None:
    assert Duration.parse("90s") + Duration.parse("30s") == Duration.parse("2m")
    assert Duration.parse("59s") < Duration.parse("1m")
    assert sorted([Duration(2), Duration(1)]) == [Duration(1), Duration(2)]


def test_measured_seconds_are_rounded_to_the_millisecond() -> None:
    assert Duration.of_seconds(1.2345) == Duration(1234)
    assert Duration.of_seconds(1.2345).seconds == 1.234


def test_a_clock_that_went_back_measured_nothing() -> None:
    assert Duration.of_seconds(-3.0) == Duration(0)


@given(st.floats(0, 1e9))
def test_rounding_loses_less_than_a_millisecond(seconds: float) -> None:
    assert abs(Duration.of_seconds(seconds).seconds - seconds) <= 0.000_501
