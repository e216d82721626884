"""A document that satisfies its schema becomes records, by the records' own types."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from rollback_gov.model.document import key_of
from rollback_gov.model.duration import Duration
from rollback_gov.model.number import parse_number

T = TypeVar("T")

_SCALAR = object()
"""Stands for a field that takes text, numbers and booleans alike."""


def build(cls: type[T], document: Any) -> T:
    """Build a frozen dataclass from plain data that its schema has accepted.

    A class with a ``SHORTHAND`` takes a plain value for that one field. Numbers and durations become exact values here,
    once. Raises ValueError for a value that no schema can exclude.
    """
    shorthand = getattr(cls, "SHORTHAND", None)
    if shorthand and not isinstance(document, Mapping):
        document = {shorthand: document}
    given = {
        name: _convert(kind, document[key])
        for name, key, kind in _shape(typing.cast(Any, cls))
        if document.get(key) is not None
    }
    return cls(**given)


@cache
def _shape(cls: Any) -> tuple[tuple[str, str, Any], ...]:
    hints = typing.get_type_hints(cls)
    return tuple((item.name, key_of(item.name), _required(hints[item.name])) for item in fields(cls))


def _required(kind: Any) -> Any:
    """Take the optional part off a type."""
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        rest = [part for part in typing.get_args(kind) if part is not type(None)]
        return rest[0] if len(rest) == 1 else _SCALAR
    return kind


def _convert(kind: Any, value: Any) -> Any:
    if kind is Duration:
        return Duration.parse(value)
    if kind is Decimal or (kind is _SCALAR and isinstance(value, float)):
        return parse_number(value)
    if is_dataclass(kind):
        return build(typing.cast(type[Any], kind), value)
    origin = typing.get_origin(kind)
    if origin is tuple:
        items = value if isinstance(value, list) else [value]
        return tuple(_convert(typing.get_args(kind)[0], item) for item in items)
    if origin is Mapping:
        inner = typing.get_args(kind)[1]
        return {key: _convert(inner, item) for key, item in value.items()}
    return value
