"""An entry of the audit log: who decided what, about which operation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from rollback_gov.model.record import Record
from rollback_gov.records.canonical import canonical_json
from rollback_gov.records.errors import RecordError

_EVENTS = """
approval.given waivers.accepted key.trusted permit.allowed permit.denied permit.issued permit.refused permit.signed
permit.claimed permit.revoked status-list.refreshed rehearsal.acknowledged break-glass.opened break-glass.reviewed
run.started run.resumed run.without-permit run.overridden run.answered run.last-resort run.cancelled run.interrupted
run.ended
"""
EVENTS = frozenset(_EVENTS.split())
"""What can be decided. ``docs/audit.md`` says of each what stands in its data."""
BRANCH = "rollback-gov-audit"
"""Where the log lives in a git repository."""
FIRST = "0" * 64
"""What the first line holds in the place of the digest of the line before."""
_KEYS = frozenset(("at", "by", "data", "event", "id", "number", "operation", "previous"))


class Head(NamedTuple):
    """How many lines a log has, and the sha256 of the last one, in hexadecimal: nothing may go back behind it."""

    size: int = 0
    digest: str = FIRST

    def __str__(self) -> str:
        return f"{self.size}:{self.digest}"


class Entry(Record):
    """Something that was decided. ``data`` holds text, whole numbers, booleans, null, and lists and objects of them."""

    at: str
    """UTC, ISO 8601, to the second."""
    by: str
    event: str
    """Such as ``permit.issued``; ``docs/audit.md`` lists them."""
    operation: str
    """Empty where it is about no operation."""
    data: Mapping[str, Any]
    id: str
    """Random: the same entry, sent twice, stands in the log once."""

    @property
    def document(self) -> dict[str, Any]:
        """The entry as JSON."""
        return {name: getattr(self, name) for name in ("at", "by", "event", "operation", "data", "id")}


def line_of(entry: Entry, head: Head) -> bytes:
    """Write an entry as the line after ``head``: canonical JSON without line feed."""
    return canonical_json({**entry.document, "number": head.size + 1, "previous": head.digest})


def after(head: Head, line: bytes) -> Head:
    """Give the head after one more line (without line feed)."""
    return Head(head.size + 1, sha256(line).hexdigest())


def parse(line: bytes, where: str) -> dict[str, Any]:
    """Read a line as it is: an entry's fields, ``number`` and ``previous``. Raises RecordError, naming ``where``."""
    try:
        fields: dict[str, Any] = json.loads(line)
        if type(fields) is dict and fields.keys() == _KEYS:
            return fields
    except (ValueError, RecursionError):
        pass
    raise RecordError(f"{where}: the line is no entry of an audit log.")


def entry_in(fields: dict[str, Any]) -> Entry:
    """Give the entry in a line that was read."""
    return Entry(**{name: value for name, value in fields.items() if name not in ("number", "previous")})
