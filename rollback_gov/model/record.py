"""Records without generated code.

``dataclasses`` compiles half a dozen functions for every class, close to a millisecond each. A plan knows more than
fifty classes, and ``validate`` would spend a third of its time there. A ``Record`` is a dataclass to everybody who asks
(``fields``, ``replace``, ``asdict``), with one constructor, one comparison and one text for all of them. Few classes
are ever asked for their fields, so these are described when it happens.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, field, fields
from functools import cache, total_ordering
from typing import Any, ClassVar, NoReturn, cast, dataclass_transform

_KIND: Any = vars(dataclasses)["_FIELD"]
"""How ``dataclasses`` marks a field, in every version since 3.7."""


class _Description:
    """Gives the fields of whichever class is asked for them, as ``dataclasses`` would."""

    def __get__(self, _record: object, cls: Any) -> dict[str, Field[Any]]:
        return _described(cls)


_DESCRIPTION = _Description()


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
class Record:
    """Base of records: compared by value.

    They never change, fields are given by keyword only, and there is no order, unless the class says so.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    _kinds: ClassVar[dict[str, str]] = {}
    """Every field and its type, as it was written."""
    _defaults: ClassVar[dict[str, Any]] = {}
    _specified: ClassVar[dict[str, Field[Any]]] = {}
    """The fields that were written with ``field(…)``."""
    _names: ClassVar[frozenset[str]]
    _places: ClassVar[tuple[str, ...]]
    _compared: ClassVar[tuple[str, ...]]
    _factories: ClassVar[tuple[tuple[str, Callable[[], Any]], ...]]

    def __init_subclass__(cls, *, kw_only: bool = True, order: bool = False, frozen: bool = True) -> None:
        super().__init_subclass__()
        cls.__dataclass_fields__ = cast(Any, _DESCRIPTION)
        _collect(cls)
        specified = cls._specified
        cls._names = frozenset(cls._kinds)
        cls._places = () if kw_only else tuple(cls._kinds)
        if specified:  # few classes have any, and a hundred are made at every start
            cls._compared = tuple(name for name in cls._kinds if name not in specified or specified[name].compare)
            cls._factories = tuple(
                (name, item.default_factory) for name, item in specified.items() if item.default_factory is not MISSING
            )
        else:
            cls._compared, cls._factories = tuple(cls._kinds), ()
        if order:
            setattr(cls, "__lt__", _before)  # noqa: B010 - to mypy, a dataclass with an order has one already
            total_ordering(cls)
        if not frozen:
            _let_change(cls)

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
        for name in self._kinds:
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
        return bool(item.repr and (item.default is MISSING or self.__dict__[item.name] != item.default))


def field_names(kind: type[Any]) -> tuple[str, ...]:
    """Give the names of a record's fields, without describing these; none for what is no record."""
    if issubclass(kind, Record):
        return tuple(kind._kinds)
    return tuple(getattr(kind, "__dataclass_fields__", ()))


def fields_marked(kind: type[Record], mark: str) -> frozenset[str]:
    """Give the names of the fields whose metadata has a mark, such as ``prose``."""
    return frozenset(name for name, item in kind._specified.items() if item.metadata.get(mark))


def _collect(cls: Any) -> None:
    """Find the fields of a class and of its bases.

    Annotations are text here, because every module imports them from ``__future__``.
    """
    kinds: dict[str, str] = {}
    defaults: dict[str, Any] = {}
    specified: dict[str, Field[Any]] = {}
    for base in reversed(cls.__mro__[1:]):
        if own := vars(base).get("_kinds"):
            kinds |= own
            defaults |= base._defaults
            specified |= base._specified
    for name, kind in vars(cls).get("__annotations__", {}).items():
        if kind.startswith("ClassVar"):
            continue
        kinds[name] = kind
        specified.pop(name, None)
        default = getattr(cls, name, MISSING)
        if isinstance(default, Field):
            specified[name] = default
            default = _without_field(cls, name, default)
        elif type(default).__hash__ is None:
            raise ValueError(f"{cls.__name__}.{name}: a default that can change; use field(default_factory=…)")
        if default is not MISSING:
            defaults[name] = default
    cls._kinds, cls._defaults, cls._specified = kinds, defaults, specified


def _without_field(cls: type, name: str, item: Field[Any]) -> Any:
    """Put a field's default in the place of its specification, or nothing where it has none."""
    delattr(cls, name)
    if item.default is not MISSING:
        setattr(cls, name, item.default)
    return item.default


@cache
def _described(cls: Any) -> dict[str, Field[Any]]:
    found: dict[str, Field[Any]] = {}
    for name, kind in cls._kinds.items():
        item: Any = cls._specified.get(name) or field(default=cls._defaults.get(name, MISSING))
        item.name, item.type, item._field_type = name, kind, _KIND
        found[name] = item
    return found


def _let_change(cls: Any) -> None:
    cls.__setattr__, cls.__delattr__, cls.__hash__ = object.__setattr__, object.__delattr__, None


def _before(one: Record, other: Any) -> Any:
    """Compare field by field, in the order in which the class names them."""
    if type(one) is not type(other):
        return NotImplemented
    return [vars(one)[name] for name in one._compared] < [vars(other)[name] for name in one._compared]
