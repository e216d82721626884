"""An entry of the audit log: who decided what, about which operation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from operator import itemgetter
from typing import Any, NamedTuple

from rollback_gov.model.record import Record
from rollback_gov.records.canonical import canonical_json
from rollback_gov.records.errors import RecordError

_EVENTS = """
approval.given approval.refused waivers.accepted key.trusted
permit.allowed permit.denied permit.issued permit.refused permit.signed permit.claimed permit.revoked
status-list.refreshed rehearsal.acknowledged break-glass.opened break-glass.refused break-glass.reviewed
run.started run.resumed run.without-permit run.overridden run.answered run.last-resort run.cancelled run.interrupted
run.ended
"""
EVENTS = frozenset(_EVENTS.split())
"""What can be decided. ``docs/audit.md`` says of each what stands in its data."""
BRANCH = "rollback-gov-audit"
"""Where the log lives in a git repository."""
FIRST = "0" * 64
"""What the first line holds in the place of the digest of the line before."""
_TYPES: Mapping[str, type] = {
    **dict.fromkeys(("at", "by", "event", "id", "operation", "previous"), str),
    "data": dict,
    "number": int,
}


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
    """Read a line as it is: an entry's fields, ``number`` and ``previous``. Raises RecordError, naming ``where``.

    What it gives can be shown, sorted by time and written elsewhere: whoever may add lines may add any bytes.
    """
    try:
        fields: dict[str, Any] = _JSON.decode(line.decode("utf-8"))
        if type(fields) is dict and _is_sound(fields, line):
            return fields
    except (KeyError, ValueError, RecursionError):
        pass
    raise RecordError(f"{where}: the line is no entry of an audit log.")


def _is_sound(fields: Mapping[str, Any], line: bytes) -> bool:
    """Tell whether each field is what it should be. Raises KeyError for one that is missing, ValueError for a time that
    is none, and for half a character."""
    if len(fields) != len(_KINDS) or tuple(map(type, _values(fields))) != _KINDS:
        return False
    if b"\\u" in line:
        json.dumps(fields, ensure_ascii=False).encode("utf-8")
    at: str = fields["at"]
    return at.endswith("Z") and bool(datetime.fromisoformat(at))


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_JSON = json.JSONDecoder(parse_constant=_no_constant)
_values = itemgetter(*_TYPES)
_KINDS = tuple(_TYPES.values())


def entry_in(fields: dict[str, Any]) -> Entry:
    """Give the entry in a line that was read."""
    return Entry(**{name: value for name, value in fields.items() if name not in ("number", "previous")})
