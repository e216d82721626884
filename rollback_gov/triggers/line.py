"""Lines of the decision log: JSON, each with the sha256 of the line before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from rollback_gov.model.errors import RollbackGovError

FIRST = "0" * 64
"""What stands for the line before the first."""


class LogError(RollbackGovError):
    """A decision log is damaged: a line cannot be read, or does not follow from the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: its number (from 1), its time (seconds since the epoch), kind, and the digest of the one before."""

    seq: int
    at: float
    type: str
    data: Mapping[str, Any]
    previous: str

    @property
    def text(self) -> str:
        """The line as it stands in the file, without its end."""
        document = {
            "seq": self.seq,
            "at": stamp(self.at),
            "type": self.type,
            "data": self.data,
            "previous": self.previous,
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """sha256 of the line, in hexadecimal."""
        return digest_of(self.text.encode())


def digest_of(line: bytes) -> str:
    """Give the digest that the next line carries."""
    return sha256(line).hexdigest()


def read_lines(texts: Iterable[str], *, partly: bool = False) -> Iterator[Line]:
    """Read lines and check their chain. Raises LogError that names the line.

    ``partly``: the log's beginning may be missing, so the chain begins with whatever line is first.
    """
    previous = FIRST
    number = 1
    for place, text in enumerate(texts):
        line = read_line(text, number)
        if place == 0 and partly and isinstance(line.seq, int):
            number, previous = line.seq, line.previous
        seq, number = number, number + 1
        if line.seq != seq or line.previous != previous:
            raise LogError(f"Line {seq} of the decision log does not follow from the line before: it was changed.")
        previous = digest_of(text.encode("utf-8", "surrogateescape"))
        yield line


def read_line(text: str, seq: int) -> Line:
    """Read one line, which ``seq`` names in the error. Raises LogError."""
    try:
        document = json.loads(text)
        at = datetime.fromisoformat(document["at"]).timestamp()
        return Line(
            seq=document["seq"],
            at=round(at, 3),
            type=document["type"],
            data=document["data"],
            previous=document["previous"],
        )
    except (ValueError, LookupError, TypeError):
        raise LogError(f"Line {seq} of the decision log cannot be read.") from None


def stamp(at: float) -> str:
    """Write a time as records do: ``2026-01-31T12:00:00.000Z``."""
    milliseconds = round(at * 1000)
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"
