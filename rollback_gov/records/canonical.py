"""Plain values as bytes that are the same for equal values: RFC 8785 (JSON Canonicalization Scheme)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import rfc8785

from rollback_gov.model.document import counts, key_of, to_document

SAFE_INTEGER = 2**53 - 1
"""Larger integers are not exact in JSON for everybody (RFC 8785 refuses them)."""


class Canonical(NamedTuple):
    """A value's canonical JSON, and the JSON pointers of the numbers that stand in it as text.

    Canonical JSON composes: the text of an object is made of the texts of its members. So each part is walked once.
    """

    text: bytes
    numbers: tuple[str, ...] = ()

    @property
    def told(self) -> bytes:
        """The text, with the pointers where there are any: ``{"numbers": […], "value": …}``."""
        if not self.numbers:
            return self.text
        return _members({"numbers": canonical_json(sorted(self.numbers)), "value": self.text})


def canonical_json(value: Any) -> bytes:
    """Give the canonical JSON of dicts, lists, strings, booleans, integers and null."""
    return rfc8785.dumps(value)


def canonical(record: Any, *, prose: bool = True) -> Canonical:
    """Give the canonical form of a record, or of a mapping or sequence of records.

    Fractions and very large integers stand in it as text. Where the schema leaves the type open, such as in the body
    of a request, 0.5 and "0.5" are different things: ``numbers`` says which of them were numbers.
    """
    numbers = tuple(_numbers(record, "", prose=prose))
    document = to_document(record, prose=prose)
    return Canonical(canonical_json(_exact(document) if numbers else document), numbers)


def canonical_object(members: Mapping[str, Canonical]) -> Canonical:
    """Put parts together as an object. Keys are ASCII."""
    numbers = tuple(f"/{key}{pointer}" for key, part in members.items() for pointer in part.numbers)
    return Canonical(_members({key: part.text for key, part in members.items()}), numbers)


def canonical_array(entries: Sequence[Canonical]) -> Canonical:
    """Put parts together as an array."""
    numbers = tuple(f"/{index}{pointer}" for index, part in enumerate(entries) for pointer in part.numbers)
    return Canonical(b"[%s]" % b",".join(part.text for part in entries), numbers)


def digested(members: Mapping[str, Canonical]) -> bytes:
    """Give an object of parts, each with the pointers of its numbers: what ``digest_parts`` is the digest of."""
    return _members({key: part.told for key, part in members.items()})


def digest_parts(members: Mapping[str, Canonical]) -> str:
    """Give the sha256 of an object of parts, each with the pointers of its numbers."""
    return sha256(digested(members)).hexdigest()


def _members(texts: Mapping[str, bytes]) -> bytes:
    return b"{%s}" % b",".join(b'"%s":%s' % (key.encode("ascii"), texts[key]) for key in sorted(texts))


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
    if isinstance(value, str | bool):
        return
    if isinstance(value, float) or _is_large(value):
        yield pointer
    else:
        for key, entry in _entries(value, prose=prose):
            yield from _numbers(entry, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}", prose=prose)


def _entries(value: Any, *, prose: bool) -> Iterator[tuple[str, Any]]:
    if is_dataclass(value):
        for item in fields(value):
            if counts(item, value, prose=prose):
                yield key_of(item.name), getattr(value, item.name)
    elif isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from ((str(index), entry) for index, entry in enumerate(value))
