"""Every record inside a record, with its path in the document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from rollback_gov.model.document import key_of


def walk(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield ``(path, record)`` for the record itself and all records below it, in the order of the document."""
    if is_dataclass(value):
        yield path, value
        for item in fields(value):
            yield from walk(getattr(value, item.name), (*path, key_of(item.name)))
    elif isinstance(value, tuple):
        for index, entry in enumerate(value):
            yield from walk(entry, (*path, index))
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from walk(entry, (*path, key))
