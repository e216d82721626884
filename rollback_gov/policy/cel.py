"""A plan as expressions in CEL see it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rollback_gov.model.document import key_of
from rollback_gov.model.duration import Duration


def as_cel(value: Any) -> Any:
    """Give a record as expressions see it: every key that has a value, and spans as text that ``duration(…)`` reads."""
    if isinstance(value, Duration):
        return f"{value.milliseconds}ms"
    if isinstance(value, Decimal):
        return float(value)
    names = getattr(type(value), "__dataclass_fields__", None)
    if names is not None:
        return {key_of(name): as_cel(entry) for name in names if (entry := getattr(value, name)) is not None}
    if isinstance(value, Mapping):
        return {key: as_cel(entry) for key, entry in value.items()}
    return [as_cel(entry) for entry in value] if isinstance(value, list | tuple) else value
