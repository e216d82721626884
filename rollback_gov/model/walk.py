"""Every record inside a record, with its path in the document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rollback_gov.model.document import key_of

_PLAIN = frozenset({str, int, bool, float, type(None)})
"""Most values are of these and hold nothing: they are passed over before anything is asked of them."""


def walk(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield ``(path, record)`` for the record itself and all records below it, in the order of the document."""
    names = getattr(type(value), "__dataclass_fields__", None)
    entries: Iterable[tuple[Any, Any]] = ()
    if names is not None:
        yield path, value
        entries = ((key_of(name), getattr(value, name)) for name in names)
    elif isinstance(value, tuple):
        entries = enumerate(value)
    elif isinstance(value, Mapping):
        entries = value.items()
    for key, entry in entries:
        if type(entry) not in _PLAIN:
            yield from walk(entry, (*path, key))
