"""Frozen records without generated code.

``dataclasses`` compiles half a dozen functions for every class, close to a millisecond each. A plan knows more than
fifty classes, and ``validate`` would spend a third of its time there. A ``Record`` is a dataclass to everybody who asks
(``fields``, ``replace``, ``asdict``), with one constructor, one comparison and one text for all of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, field, fields
from functools import total_ordering
from typing import Any, ClassVar, NoReturn, cast, dataclass_transform

_KIND: Any = vars(dataclasses)["_FIELD"]
"""How ``dataclasses`` marks a field, in every version since 3.7."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
class Record:
    """Base of records: compared by value, never changed.

    Fields are given by keyword only, and there is no order, unless the class says so.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    _places: ClassVar[tuple[str, ...]]
    _compared: ClassVar[tuple[str, ...]]
    _names: ClassVar[frozenset[str]]
    _defaults: ClassVar[dict[str, Any]]
    _factories: ClassVar[tuple[tuple[str, Callable[[], Any]], ...]]

    def __init_subclass__(cls, *, kw_only: bool = True, order: bool = False) -> None:
        super().__init_subclass__()
        cls.__dataclass_fields__ = _fields(cls)
        cls._places = () if kw_only else tuple(cls.__dataclass_fields__)
        cls._compared = tuple(name for name, item in cls.__dataclass_fields__.items() if item.compare)
        items = cls.__dataclass_fields__.items()
        cls._names = frozenset(cls.__dataclass_fields__)
        cls._defaults = {name: item.default for name, item in items if item.default is not MISSING}
        cls._factories = tuple(
            (name, item.default_factory) for name, item in items if item.default_factory is not MISSING
        )
        if order:
            setattr(cls, "__lt__", _before)  # noqa: B010 - to mypy, a dataclass with an order has one already
            total_ordering(cls)

    def __init__(self, *places: Any, **values: Any) -> None:
        if places:
            values = self._named(places, values)
        own = self.__dict__
        own.update(self._defaults)
        own.update(values)
        for name, make in self._factories:
            if name not in values:
                own[name] = make()
        if own.keys() != self._names:
            self._complain(own)

    def _complain(self, own: Mapping[str, Any]) -> NoReturn:
        for name in self.__dataclass_fields__:
            if name not in own:
                raise TypeError(f"{type(self).__name__} needs '{name}'")
        raise TypeError(
            f"{type(self).__name__} has no {', '.join(repr(name) for name in own if name not in self._names)}"
        )

    def _named(self, places: tuple[Any, ...], values: dict[str, Any]) -> dict[str, Any]:
        if len(places) > len(self._places):
            raise TypeError(f"{type(self).__name__} takes {len(self._places)} values by their place")
        named = dict(zip(self._places, places, strict=False))
        if twice := named.keys() & values.keys():
            raise TypeError(f"{type(self).__name__} was given {', '.join(map(repr, sorted(twice)))} twice")
        return named | values

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} never changes; use dataclasses.replace")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} never changes; use dataclasses.replace")

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        one, two = self.__dict__, other.__dict__
        return all(one[name] == two[name] for name in self._compared)

    def __hash__(self) -> int:
        return hash((type(self), *(self.__dict__[name] for name in self._compared)))

    def __repr__(self) -> str:
        given = ((item.name, getattr(self, item.name)) for item in fields(self) if self._is_given(item))
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in given)})"

    def _is_given(self, item: Field[Any]) -> bool:
        return bool(item.default is MISSING or self.__dict__[item.name] != item.default)


def _fields(cls: type) -> dict[str, Field[Any]]:
    """Give the fields of a class and of its bases, as ``dataclasses`` would: which takes ten times as long.

    Annotations are text here, because every module imports them from ``__future__``.
    """
    found: dict[str, Field[Any]] = {}
    for base in reversed(cls.__mro__[1:]):
        found |= getattr(base, "__dataclass_fields__", {})
    for name, kind in vars(cls).get("__annotations__", {}).items():
        if not kind.startswith("ClassVar"):
            found[name] = _field(cls, name, kind)
    return found


def _field(cls: type, name: str, kind: str) -> Field[Any]:
    default = getattr(cls, name, MISSING)
    item: Any = default if isinstance(default, Field) else field(default=default)
    item.name, item.type, item._field_type = name, kind, _KIND
    if isinstance(default, Field):
        delattr(cls, name)
        if item.default is not MISSING:
            setattr(cls, name, item.default)
    elif type(default).__hash__ is None:
        raise ValueError(f"{cls.__name__}.{name}: a default that can change; use field(default_factory=…)")
    return cast(Field[Any], item)


def _before(one: Record, other: Any) -> Any:
    """Compare field by field, in the order in which the class names them."""
    if type(one) is not type(other):
        return NotImplemented
    return [vars(one)[name] for name in one._compared] < [vars(other)[name] for name in one._compared]
