from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.plans.core_schema import InexactNumber, resolve_plain

TABLE: list[tuple[str, object]] = [
    # null
    ("", None),
    ("~", None),
    ("null", None),
    ("Null", None),
    ("NULL", None),
    ("nULL", "nULL"),
    # booleans: two words, three spellings
    ("true", True),
    ("True", True),
    ("TRUE", True),
    ("false", False),
    ("False", False),
    ("FALSE", False),
    ("tRUE", "tRUE"),
    ("yes", "yes"),
    ("No", "No"),
    ("NO", "NO"),
    ("on", "on"),
    ("off", "off"),
    ("y", "y"),
    ("n", "n"),
    # integers
    ("0", 0),
    ("-0", 0),
    ("+12", 12),
    ("-12", -12),
    ("012", 12),
    ("0o17", 15),
    ("0o18", "0o18"),
    ("0O17", "0O17"),
    ("-0o17", "-0o17"),
    ("0x1F", 31),
    ("0xfg", "0xfg"),
    ("+0x1F", "+0x1F"),
    ("0b101", "0b101"),
    ("1_000", "1_000"),
    ("1,000", "1,000"),
    ("١٢", "١٢"),
    # fractions
    ("0.5", 0.5),
    (".5", 0.5),
    ("5.", 5.0),
    ("-.5e-1", -0.05),
    ("1e3", 1000.0),
    ("1E+3", 1000.0),
    ("e3", "e3"),
    (".", "."),
    ("-", "-"),
    ("1.5.2", "1.5.2"),
    ("1%", "1%"),
    # what YAML 1.1 takes for a time or a number to the base of sixty
    ("1:30", "1:30"),
    ("12:30:45", "12:30:45"),
    ("2025-12-16", "2025-12-16"),
    ("2025-12-16T10:00:00Z", "2025-12-16T10:00:00Z"),
    ("=", "="),
    ("<<", "<<"),
    # versions and durations are what plans are full of
    ("v1.2.3", "v1.2.3"),
    ("1.2.3", "1.2.3"),
    ("90s", "90s"),
    ("1h30m", "1h30m"),
]


@pytest.mark.parametrize(("text", "value"), TABLE, ids=[repr(text) for text, _ in TABLE])
def test_a_plain_scalar_means_what_yaml_1_2_says(text: str, value: object) -> None:
    resolved = resolve_plain(text)
    assert resolved == value
    assert type(resolved) is type(value)


@pytest.mark.parametrize("text", [".inf", "-.inf", "+.INF", ".Inf", ".nan", ".NaN", ".NAN"])
def test_a_number_is_finite(text: str) -> None:
    with pytest.raises(InexactNumber, match="is not a finite number"):
        resolve_plain(text)


@pytest.mark.parametrize(
    "text", ["0.12345678901234567890", "1e400", "-1e400", "1e-400", "12345678901234567.5", "0." + "1" * 200]
)
def test_a_number_that_would_be_rounded_is_refused(text: str) -> None:
    with pytest.raises(InexactNumber, match="cannot be kept exactly") as error:
        resolve_plain(text)
    assert error.value.hint == "Use at most 15 digits, or quotes."
    assert len(str(error.value)) < 120


def test_a_whole_number_may_have_a_hundred_digits() -> None:
    assert resolve_plain("9" * 100) == 10**100 - 1
    with pytest.raises(InexactNumber, match="more than 100 digits"):
        resolve_plain("9" * 101)


@given(st.integers(-(10**90), 10**90))
def test_whole_numbers_are_exact(number: int) -> None:
    assert resolve_plain(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_shortest_text_of_a_number_is_the_number(number: float) -> None:
    resolved = resolve_plain(repr(number))
    assert isinstance(resolved, float)
    assert resolved == number
    assert math.copysign(1, resolved) == math.copysign(1, number)
