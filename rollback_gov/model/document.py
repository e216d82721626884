"""A record as plain data again: the form that is hashed and rendered. Defaults are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal
from typing import Any

from rollback_gov.model.duration import Duration
from rollback_gov.model.number import format_number


def key_of(name: str) -> str:
    """Give the document's key of a field: ``from_`` is ``from``."""
    return name.rstrip("_")


def to_document(value: Any, *, prose: bool = True) -> Any:  # noqa: PLR0911 - one return a type
    """Turn a record into dicts, lists, strings, booleans, integers and null; exact numbers and durations become text.

    Leaving defaults out lets a later version add a field with a default without changing any digest.
    With ``prose=False`` the fields that only people read are left out too.
    """
    if isinstance(value, Duration):
        return str(value)
    if isinstance(value, Decimal):
        return format_number(value)
    if isinstance(value, float):
        return format_number(Decimal(repr(value)))
    if is_dataclass(value):
        return {
            key_of(item.name): to_document(getattr(value, item.name), prose=prose)
            for item in fields(value)
            if counts(item, value, prose=prose)
        }
    if isinstance(value, Mapping):
        return {key: to_document(entry, prose=prose) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [to_document(entry, prose=prose) for entry in value]
    return value


def counts(item: Field[Any], value: Any, *, prose: bool = True) -> bool:
    """Tell whether a field stands in the document: it says more than its default, and is not left out as prose."""
    if item.metadata.get("prose") and not prose:
        return False
    if item.default is MISSING:
        return True
    current = getattr(value, item.name)
    return current != item.default and not _says_the_same(item, current)


def _says_the_same(item: Field[Any], current: Any) -> bool:
    """See whether a value other than the default says as much: a mapping without entries, or a record that holds one.

    A JSON value does not: there ``{}`` is something to send.
    """
    if item.default is None:
        return current == {} and str(item.type).startswith("Mapping[")
    return is_dataclass(item.default) and to_document(current) == to_document(item.default)
