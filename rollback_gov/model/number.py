"""Exact numbers: thresholds and ratios never pass through binary floating point."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

MAX_EXPONENT = 1000
"""Beyond any float; written out, a larger one would fill the memory."""
NUMBER_PATTERN = r"^[-+]?\d+(\.\d+)?%?$"


def parse_number(value: int | float | str) -> Decimal:
    """Read ``0.01``, ``1%`` or ``5`` exactly; ``1%`` is ``0.01``. Raises ValueError with a whole sentence.

    A float is read by its shortest text, which is what the author wrote (the loader refuses longer ones).
    """
    text = repr(value) if isinstance(value, float) else str(value)
    try:
        number = Decimal(f"{text[:-1]}e-2" if text.endswith("%") else text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > MAX_EXPONENT:
        raise ValueError(f"'{value}' is not a number. Write a number such as 0.01 or a ratio such as 1%.")
    return number


def format_number(number: Decimal) -> str:
    """Give the one canonical text of a number: no exponent, no trailing zeros."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
