"""Numbers as measuring systems write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.observation import Error, NoData, Value
from rollback_gov.sources.number import excerpt, observe, read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.5", "0.5"),
        ("+12", "12"),
        ("-3.", "-3"),
        (".25", "0.25"),
        ("1e3", "1000"),
        ("2.5E-2", "0.025"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ("1e400", "Infinity"),
        ("-1e999999999", "-Infinity"),
        ("1e-999999999", "0"),
        ("0e400", "0"),
        ("Inf", "Infinity"),
        ("-Infinity", "-Infinity"),
    ],
)
def test_numbers_are_read_exactly(text: str, number: str) -> None:
    assert read_number(text) == Decimal(number)


def test_nan_is_a_number_that_is_none() -> None:
    assert read_number("NaN").is_nan()


@pytest.mark.parametrize("text", ["", "abc", "1_000", "0x10", "1,5", "1 2", "sNaN", "--1", "٣", "1" * 401, "e5", "."])
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        read_number(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_a_float_prints_is_read_as_the_same_float(number: float) -> None:
    assert float(read_number(repr(number))) == (number if abs(number) >= 1e-308 else 0)


@given(st.text(max_size=30))
def test_no_text_raises_anything_else(text: str) -> None:
    assert isinstance(observe(text, 1.0), Value | NoData | Error)


def test_only_a_finite_number_is_a_value() -> None:
    assert observe(" 0.25\n", 7.0) == Value(Decimal("0.25"), 7.0)
    assert observe("NaN", 7.0) == NoData("the value is NaN")
    assert observe("+Inf", 7.0) == NoData("the value is Infinity")
    assert observe("\n", 7.0) == NoData("the answer is empty")
    assert observe("many", 7.0) == Error("'many' is not a number")


def test_a_foreign_text_is_quoted_on_one_line_and_cannot_steer_a_terminal() -> None:
    assert excerpt("one\ntwo") == "'one two'"
    assert excerpt("\x1b[2Jgone") == "'\N{REPLACEMENT CHARACTER}[2Jgone'"
    assert excerpt("\ud800") == "'\N{REPLACEMENT CHARACTER}'"
    assert len(excerpt("x" * 1000)) == 62
