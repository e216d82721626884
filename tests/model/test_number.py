from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.number import MAX_EXPONENT, format_number, parse_number


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, "5"),
        (-5, "-5"),
        ("5", "5"),
        ("+5", "5"),
        ("0.01", "0.01"),
        (0.01, "0.01"),
        ("1%", "0.01"),
        ("0.1%", "0.001"),
        ("100%", "1"),
        ("-2.5%", "-0.025"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e-7, "0.0000001"),
        ("1.5e-05", "0.000015"),
    ],
)
def test_numbers_and_ratios_are_exact(value: int | float | str, number: str) -> None:
    assert parse_number(value) == Decimal(number)


@pytest.mark.parametrize(
    "value", ["", "%", "x", "1,5", "1 %", "nan", "NaN%", "inf", "-Infinity", "5%%", True, "0x1F", "1e5%"]
)
def test_anything_else_is_refused_with_what_to_write(value: str | bool) -> None:
    with pytest.raises(
        ValueError, match=r"is not a number\. Write a number such as 0\.01 or a ratio such as 1%\."
    ) as error:
        parse_number(value)
    assert str(error.value).startswith(f"'{value}'")


@pytest.mark.parametrize("text", [f"1e{MAX_EXPONENT + 1}", "1e999999999", "-1e-999999999", "9" * (MAX_EXPONENT + 2)])
def test_a_number_whose_text_would_fill_the_memory_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        parse_number(text)


def test_a_ratio_keeps_every_digit() -> None:
    digits = "1234567890" * 6
    assert format_number(parse_number(f"{digits}%")) == f"{digits[:-2]}.{digits[-2:]}".rstrip("0")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1.50", "1.5"),
        ("100", "100"),
        ("1E+2", "100"),
        ("-0", "0"),
        ("0.000", "0"),
        ("-0.50", "-0.5"),
        ("1e-7", "0.0000001"),
    ],
)
def test_each_number_has_one_text(number: str, text: str) -> None:
    assert format_number(Decimal(number)) == text


numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40)


@given(numbers)
def test_text_and_back(number: Decimal) -> None:
    assert parse_number(format_number(number)) == number


@given(numbers, st.integers(0, 30))
def test_equal_numbers_have_equal_texts(number: Decimal, zeros: int) -> None:
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    longer = Decimal((sign, digits + (0,) * zeros, exponent - zeros))
    assert format_number(longer) == format_number(number)


@given(numbers)
def test_a_percentage_is_a_hundredth_exactly(number: Decimal) -> None:
    ratio = parse_number(format_number(number) + "%")
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    assert ratio == Decimal((sign, digits, exponent - 2))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_read_by_its_shortest_text(number: float) -> None:
    assert float(parse_number(number)) == number
