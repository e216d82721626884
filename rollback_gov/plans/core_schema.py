"""Plain scalars of YAML 1.2's core schema: ``NO`` is text, ``1:30`` is text, ``0o17`` is fifteen."""

from __future__ import annotations

import re
from decimal import Decimal

from rollback_gov.plans.problem import shorten

MAX_DIGITS = 100

_INTEGER = r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
_NUMBER = re.compile(f"({_INTEGER})|{_FLOAT}")
_SPECIAL_FLOAT = r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
_CONSTANTS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_CONSTANTS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)


class InexactNumber(ValueError):  # noqa: N818 - a value of the document, not a defect of ours
    """A number that cannot be kept as it was written. ``hint`` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def resolve_plain(text: str) -> str | int | float | bool | None:
    """Give the value of a scalar that was written without quotes. Raises InexactNumber."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "+-.0123456789":
        return text
    number = _NUMBER.fullmatch(text)
    if number is not None:
        return _integer(text) if number[1] else _float(text)
    if "." in text[:2] and re.fullmatch(_SPECIAL_FLOAT, text):
        raise InexactNumber(f"'{text}' is not a finite number.", "Write a number, or quotes around it.")
    return text


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise InexactNumber(f"The number has more than {MAX_DIGITS} digits.", "Put it in quotes if it is a name.")
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def _float(text: str) -> float:
    """Read a number with a fraction. Its shortest text must be what was written: thresholds are exact."""
    number = float(text) if len(text) <= MAX_DIGITS else float("inf")
    if number in (float("inf"), float("-inf")) or Decimal(repr(number)) != Decimal(text):
        raise InexactNumber(f"The number {shorten(text)} cannot be kept exactly.", "Use at most 15 digits, or quotes.")
    return number
