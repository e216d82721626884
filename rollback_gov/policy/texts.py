"""Every text of a plan that a machine reads, or that says how people are reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from rollback_gov.model.document import key_of
from rollback_gov.model.record import field_names, fields_marked

Path = tuple[str | int, ...]
_HOLDING = frozenset({tuple, list, dict})
_PATTERNS = ("matches", "pattern")


def machine_texts(records: Iterable[tuple[Path, Any]]) -> Iterator[tuple[Path, str]]:
    """Give them with their paths, in the order of the document. ``records`` are all of the plan's."""
    for path, record in records:
        if path[:1] != ("checklists",):
            for name, key in _read_fields(record.__class__):
                value = getattr(record, name)
                kind = type(value)
                if kind is str and value:
                    yield (*path, key), value
                elif kind in _HOLDING:
                    yield from _plain(value, (*path, key))


@cache
def _read_fields(kind: Any) -> tuple[tuple[str, str], ...]:
    """Names and document keys of the fields that may hold such a text."""
    left_out = fields_marked(kind, "prose").union(_PATTERNS)
    return tuple((name, key_of(name)) for name in field_names(kind) if name not in left_out)


def _plain(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Texts in plain values, such as the body of a request; records are walked by themselves."""
    if isinstance(value, str):
        if value:
            yield path, value
    elif isinstance(value, tuple | list):
        for index, entry in enumerate(value):
            yield from _plain(entry, (*path, index))
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _plain(entry, (*path, key))
