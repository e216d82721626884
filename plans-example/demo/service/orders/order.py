"""What a customer orders, before and after it is written."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from .errors import InvalidOrderError

LONGEST_TEXT = 200
LARGEST_QUANTITY = 1000


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as it was sent, checked."""

    customer: str
    item: str
    quantity: int

    @classmethod
    def parse(cls, body: bytes) -> NewOrder:
        """Read a JSON body; raises InvalidOrderError with the first thing that is wrong."""
        try:
            fields = json.loads(body)
        except ValueError:
            raise InvalidOrderError("The body is not JSON.") from None
        if not isinstance(fields, dict):
            raise InvalidOrderError("The body is not a JSON object.")
        return cls(_text(fields, "customer"), _text(fields, "item"), _quantity(fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it is stored; `placed_at` is UTC."""

    id: int
    customer: str
    item: str
    quantity: int
    placed_at: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _text(fields: dict[str, Any], key: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT:
        raise InvalidOrderError(f"{key} must be a text of 1 to {LONGEST_TEXT} characters.")
    return value


def _quantity(fields: dict[str, Any]) -> int:
    value = fields.get("quantity", 1)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LARGEST_QUANTITY:
        raise InvalidOrderError(f"quantity must be a whole number from 1 to {LARGEST_QUANTITY}.")
    return value
