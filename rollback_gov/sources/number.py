"""Numbers as measuring systems write them."""

from __future__ import annotations

import re
from decimal import Decimal

from rollback_gov.model.observation import Error, NoData, Observation, Value

LONGEST = 400
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,9})?")
_SPECIAL = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity"}
_LARGEST_EXPONENT = 308


def read_number(text: str) -> Decimal:
    """Read ``0.5``, ``1e-3``, ``NaN`` or ``+Inf``. Raises ValueError for anything else.

    What is too large for a double is infinite and what is too small is zero, as in the systems that measure; an exact
    number with an exponent of a million could not even be printed.
    """
    word = text.lstrip("+-").lower()
    if word in _SPECIAL:
        return Decimal(("-" if text.startswith("-") else "") + _SPECIAL[word])
    if len(text) > LONGEST or not _NUMBER.fullmatch(text):
        raise ValueError(f"{excerpt(text)} is not a number")
    number = Decimal(text)
    if number.adjusted() > _LARGEST_EXPONENT and number:
        return Decimal("Infinity").copy_sign(number)
    return number if number.adjusted() >= -_LARGEST_EXPONENT else Decimal(0)


def observe(text: str, sample: float, *, infinite: bool = False) -> Observation:
    """Turn a printed number into an observation. ``infinite``: infinity is a number too, as Prometheus compares it."""
    if not text.strip():
        return NoData("the answer is empty")
    try:
        return observe_number(read_number(text.strip()), sample, infinite=infinite)
    except ValueError as error:
        return Error(f"{error}")


def observe_number(number: Decimal, sample: float, *, infinite: bool = False) -> Observation:
    """Only finite numbers are values."""
    is_value = not number.is_nan() if infinite else number.is_finite()
    return Value(number, sample) if is_value else NoData(f"the value is {number}")


def excerpt(text: str, longest: int = 60) -> str:
    """Quote the beginning of a foreign text: on one line, and without characters that would steer a terminal."""
    flat = " ".join(text[: 4 * longest].split())
    plain = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in flat)
    return f"'{plain if len(plain) <= longest else plain[: longest - 3] + '...'}'"
