"""The single use of a permit: taken once, by one of however many who try."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from rollback_gov.plans.files import open_regular
from rollback_gov.records.errors import RecordError
from rollback_gov.records.statement import sync
from rollback_gov.records.text import one_line
from rollback_gov.records.times import moment
from rollback_gov.records.verdict import PERMITS

FOLDER = Path(PERMITS) / "claims"
_UNKNOWN = "by somebody (the claim cannot be read)"


def claim(folder: Path, permit_sha256: str, *, by: str, at: str) -> str:
    """Take a permit's use, in the folder of its plan. Gives the empty string on success, else who took it before.

    It belongs to the permit's identity, the digest of its payload: a copy under another name is the same permit. The
    file is created exclusively and synced, with its folder, before anybody may deploy. Raises OSError when it cannot
    be written: a use that cannot be recorded is not given.
    """
    path = _path(folder, permit_sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        return claimed_by(folder, permit_sha256) or _UNKNOWN
    with os.fdopen(file, "w", encoding="utf-8") as out:
        json.dump({"by": by, "at": at, "permit": permit_sha256}, out)
        out.flush()
        os.fsync(out.fileno())
    sync(path.parent)
    return ""


class Claim(NamedTuple):
    """A use that was taken: of which record (its identity), and when (UTC); None where the claim cannot be read."""

    sha256: str
    at: datetime | None


def claims(folder: Path) -> Iterator[Claim]:
    """Give every use that was taken of a record beside a plan, by the record's identity."""
    for path in sorted((folder / FOLDER).glob("*.json")):
        try:
            at = moment(_read(path)["at"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError, RecordError):
            at = None
        yield Claim(path.stem, at)


def claimed_by(folder: Path, permit_sha256: str) -> str:
    """Say who used a permit and when; empty while nobody did. A damaged claim still counts as a use."""
    path = _path(folder, permit_sha256)
    if not os.path.lexists(path):
        return ""
    try:
        record = _read(path)
        return one_line(f"by {record['by']} at {record['at']}", 200)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return _UNKNOWN


def _read(path: Path) -> dict[str, Any]:
    with open_regular(path) as file:
        record: dict[str, Any] = json.loads(file.read(10_000))
    return record


def _path(folder: Path, permit_sha256: str) -> Path:
    return folder / FOLDER / f"{permit_sha256}.json"
