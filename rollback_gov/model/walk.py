"""Every record inside a record, with its path in the document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from rollback_gov.model.document import key_of
from rollback_gov.model.record import field_names

Path = tuple[str | int, ...]
_PLAIN = frozenset({str, int, bool, float, type(None)})
"""Most values are of these and hold nothing: they are passed over before anything is asked of them."""


@cache
def _keys(kind: Any) -> tuple[tuple[str, str], ...]:
    """Give the fields of a record, each with its key in the document; none for what is no record."""
    return tuple((name, key_of(name)) for name in field_names(kind))


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield ``(path, record)`` for the record itself and all records below it, in the order of the document."""
    waiting = [(path, value)]
    while waiting:
        path, value = waiting.pop()
        kind: Any = type(value)
        names = _keys(kind)
        entries: Iterable[tuple[Any, Any]] = ()
        if names:
            yield path, value
            entries = [(key, entry) for name, key in names if (entry := getattr(value, name))]
        elif isinstance(value, tuple):
            entries = enumerate(value)
        elif isinstance(value, Mapping):
            entries = value.items()
        below = [((*path, key), entry) for key, entry in entries if type(entry) not in _PLAIN]
        below.reverse()
        waiting += below
