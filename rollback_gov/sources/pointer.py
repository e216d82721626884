"""JSON pointers (RFC 6901) into a foreign document, all numbers kept as text."""

from __future__ import annotations

import json
from typing import Any


def parse_json(text: str) -> Any:
    """Read JSON with every number as text, so that none passes through binary. Raises ValueError."""
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def resolve(document: Any, pointer: str) -> Any:
    """Follow a pointer such as ``/data/0/value``. Raises LookupError that says how far it leads."""
    if pointer and not pointer.startswith("/"):
        raise LookupError(f"the pointer '{pointer}' does not begin with '/'")
    value = document
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and _is_index(key) and int(key) < len(value):
            value = value[int(key)]
        else:
            raise LookupError(f"the answer has nothing at {pointer}")
    return value


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) < 10 and (key == "0" or key[0] != "0")
