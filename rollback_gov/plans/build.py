"""A document that satisfies its schema becomes records, by the records' own types."""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from decimal import Decimal
from functools import cache, partial
from typing import Any, TypeVar

from rollback_gov.model.document import key_of
from rollback_gov.model.duration import Duration
from rollback_gov.model.number import parse_number
from rollback_gov.model.record import field_names

T = TypeVar("T")
_PLAIN = {kind.__name__: kind for kind in (str, bool, int)}
"""Most fields have one of these types: nothing needs to be evaluated for them."""


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
    shorthand, wanted = _form(typing.cast(Any, cls))
    if shorthand and not isinstance(document, Mapping):
        return cls(**{shorthand: wanted[shorthand][1](document)})
    values = {}
    for name, (key, convert) in wanted.items():
        value = document.get(key)
        if value is not None:
            try:
                values[name] = convert(value)
            except ValueOutOfRange as error:
                raise error.inside(key) from error
    return cls(**values)


Convert = Callable[[Any], Any]


@cache
def _form(cls: Any) -> tuple[str, Mapping[str, tuple[str, Convert]]]:
    """Give the field that a plain value stands for, and each field with its key in the document and its conversion."""
    wanted = {name: (key_of(name), _Later(cls, name)) for name in field_names(cls)}
    return getattr(cls, "SHORTHAND", ""), wanted


class _Later:
    """A field's conversion, found when the field first has a value: to evaluate all types takes milliseconds."""

    __slots__ = ("_cls", "_convert", "_name")

    def __init__(self, cls: Any, name: str) -> None:
        self._cls, self._name = cls, name
        self._convert: Convert | None = None

    def __call__(self, value: Any) -> Any:
        if self._convert is None:
            self._convert = _of_field(self._cls, self._name)
        return self._convert(value)


def _of_field(cls: Any, name: str) -> Convert:
    home = next(base for base in cls.__mro__ if name in vars(base).get("__annotations__", ()))
    return _as_annotated(home.__annotations__[name], home.__module__)


@cache
def _as_annotated(text: str, module: str) -> Convert:
    """Give the conversion into what an annotation of a module means: many fields have the same one.

    ``typing.get_type_hints`` evaluates them in four times the time.
    """
    return _conversion(_PLAIN.get(text) or eval(text, vars(sys.modules[module])))


def _conversion(kind: Any) -> Convert:  # noqa: PLR0911 - one return a type
    """Give the function that converts a value of the document into a value of a type."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return _of_union([part for part in parts if part is not type(None)])
    if origin is tuple:
        return _of_list(_conversion(parts[0]))
    if origin is Mapping:
        return _of_mapping(_conversion(parts[1]))
    if kind is Duration:
        return _exactly(Duration.parse)
    if is_dataclass(kind):
        return partial(build, typing.cast(type[Any], kind))
    if kind is Decimal:
        return _exactly(parse_number)
    return int if kind is int else _same


def _of_union(kinds: list[Any]) -> Convert:
    """Text or a record is told apart by the value; text, numbers and booleans together keep what they are."""
    record: Any = next((kind for kind in kinds if kind is not Duration and is_dataclass(kind)), None)
    if len(kinds) == 1:
        return _conversion(kinds[0])
    if record is None or len(kinds) > 2:
        return _exactly(lambda value: parse_number(value) if isinstance(value, float) else value)
    return lambda value: build(record, value) if isinstance(value, Mapping) else value


def _of_list(convert: Convert) -> Convert:
    """A list becomes a tuple; a plain value stands for a list of one."""

    def items(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            return (convert(value),)
        if convert is _same:
            return tuple(value)
        return tuple(_inside(index, convert, item) for index, item in enumerate(value))

    return items


def _of_mapping(convert: Convert) -> Convert:
    return lambda value: {key: _inside(key, convert, item) for key, item in value.items()}


def _inside(key: str | int, convert: Convert, value: Any) -> Any:
    try:
        return convert(value)
    except ValueOutOfRange as error:
        raise error.inside(key) from error


def _exactly(parse: Convert) -> Convert:
    """A value that no schema can exclude is out of range."""

    def exact(value: Any) -> Any:
        try:
            return parse(value)
        except ValueError as error:
            raise ValueOutOfRange(str(error)) from error

    return exact


def _same(value: Any) -> Any:
    return value
