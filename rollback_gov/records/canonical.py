"""Plain values as bytes that are the same for equal values: RFC 8785 (JSON Canonicalization Scheme)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any

import rfc8785

from rollback_gov.model.document import key_of, to_document

SAFE_INTEGER = 2**53 - 1
"""Larger integers are not exact in JSON for everybody (RFC 8785 refuses them)."""


def canonical_json(value: Any) -> bytes:
    """Give the canonical JSON of dicts, lists, strings, booleans, integers and null."""
    return rfc8785.dumps(value)


def digest_of(value: Any) -> str:
    """Give the sha256 of the canonical JSON, in hexadecimal."""
    return sha256(canonical_json(value)).hexdigest()


def canonical_document(record: Any, *, prose: bool = True) -> Any:
    """Turn a record (or a mapping or sequence of records) into the plain value that is hashed.

    Fractions and very large integers stand in it as text. Where the schema leaves the type open, such as in the body
    of a request, 0.5 and "0.5" are different things: the result is then ``{"value": …, "numbers": [JSON pointers]}``.
    """
    document = _exact(to_document(record, prose=prose))
    numbers = sorted(_numbers(record, "", prose=prose))
    return {"value": document, "numbers": numbers} if numbers else document


def _exact(document: Any) -> Any:
    if isinstance(document, Mapping):
        return {key: _exact(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_exact(value) for value in document]
    return str(document) if _is_large(document) else document


def _is_large(value: Any) -> bool:
    return isinstance(value, int) and abs(value) > SAFE_INTEGER


def _numbers(value: Any, pointer: str, *, prose: bool) -> Iterator[str]:
    """Find the numbers that became text. Exact decimals are text by their type and need no mention."""
    if isinstance(value, float) or _is_large(value):
        yield pointer
    else:
        for key, entry in _entries(value, prose=prose):
            yield from _numbers(entry, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}", prose=prose)


def _entries(value: Any, *, prose: bool) -> Iterator[tuple[str, Any]]:
    if is_dataclass(value):
        for item in fields(value):
            if prose or not item.metadata.get("prose"):
                yield key_of(item.name), getattr(value, item.name)
    elif isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from ((str(index), entry) for index, entry in enumerate(value))
