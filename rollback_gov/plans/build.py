"""A document that satisfies its schema becomes records, by the records' own types."""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from rollback_gov.model.document import key_of
from rollback_gov.model.duration import Duration
from rollback_gov.model.number import parse_number
from rollback_gov.model.record import Record

T = TypeVar("T")

_SCALAR = object()
"""Stands for a field that takes text, numbers and booleans alike."""


class ValueOutOfRange(ValueError):  # noqa: N818 - a value of the document, not a defect of ours
    """A value that no schema can exclude. ``path`` leads to it from the root of the document."""

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path

    def inside(self, key: str | int) -> ValueOutOfRange:
        """Give the same, one step further up."""
        return ValueOutOfRange(str(self), (key, *self.path))


def build(cls: type[T], document: Any) -> T:
    """Build a frozen dataclass from plain data that its schema has accepted.

    A class with a ``SHORTHAND`` takes a plain value for that one field. Numbers and durations become exact values here,
    once. Raises ValueOutOfRange.
    """
    record = typing.cast(Any, cls)
    shorthand = getattr(cls, "SHORTHAND", None)
    if shorthand and not isinstance(document, Mapping):
        return cls(**{shorthand: _convert(_kind(record, shorthand), document)})
    keys = ((item.name, key_of(item.name)) for item in fields(record))
    wanted = ((name, key, _kind(record, name), document[key]) for name, key in keys if document.get(key) is not None)
    return cls(**dict(_convert_each(wanted)))


def _convert_each(items: Iterable[tuple[Any, str | int, Any, Any]]) -> Iterator[tuple[Any, Any]]:
    """Convert values, each given as ``(name, key, kind, value)``, into ``(name, converted)``."""
    for name, key, kind, value in items:
        try:
            yield name, _convert(kind, value)
        except ValueOutOfRange as error:
            raise error.inside(key) from error


@cache
def _kind(cls: Any, name: str) -> Any:
    """Give the type of one field: a document has few of them, and to evaluate them all takes milliseconds."""
    home = next(base for base in cls.__mro__ if name in vars(base).get("__annotations__", ()))
    alone = types.SimpleNamespace(__annotations__={name: home.__annotations__[name]})
    return _required(typing.get_type_hints(alone, vars(sys.modules[home.__module__]))[name])


class _TextOr(Record, kw_only=False):
    """Stands for a field that takes text as it is, or a mapping that becomes a record."""

    record: Any


def _required(kind: Any) -> Any:
    """Take the optional part off a type."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        rest = [part for part in parts if part is not type(None)]
        record = next((part for part in rest if part is not Duration and is_dataclass(part)), None)
        return rest[0] if len(rest) == 1 else _SCALAR if record is None or len(rest) > 2 else _TextOr(record)
    return kind


def _convert(kind: Any, value: Any) -> Any:
    kind = _required(kind)
    if isinstance(kind, _TextOr):
        return build(kind.record, value) if isinstance(value, Mapping) else value
    if is_dataclass(kind) and kind is not Duration:
        return build(typing.cast(type[Any], kind), value)
    origin = typing.get_origin(kind)
    if origin is tuple:
        inner = typing.get_args(kind)[0]
        if not isinstance(value, list):
            return (_convert(inner, value),)
        return tuple(item for _, item in _convert_each((index, index, inner, item) for index, item in enumerate(value)))
    if origin is Mapping:
        inner = typing.get_args(kind)[1]
        return dict(_convert_each((key, key, inner, item) for key, item in value.items()))
    try:
        return _exact(kind, value)
    except ValueError as error:
        raise ValueOutOfRange(str(error)) from error


def _exact(kind: Any, value: Any) -> Any:
    """Give one value in its exact form."""
    if kind is Duration:
        return Duration.parse(value)
    if kind is Decimal or (kind is _SCALAR and isinstance(value, float)):
        return parse_number(value)
    return int(value) if kind is int else value
