"""The single use of a permit: taken once, by one of however many who try."""

from __future__ import annotations

import json
import os
from pathlib import Path

from rollback_gov.records.statement import SUFFIX

CLAIMED = ".claimed.json"


def claim(permit: Path, *, by: str, at: str, permit_sha256: str) -> str:
    """Take a permit's use. Gives the empty string on success, else who took it before.

    The file is created exclusively and synced, with its folder, before anybody may deploy. Raises OSError when the
    folder cannot be written: a use that cannot be recorded is not given.
    """
    path = _path(permit)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        return claimed_by(permit)
    with os.fdopen(file, "w", encoding="utf-8") as out:
        json.dump({"by": by, "at": at, "permit": permit_sha256}, out)
        out.flush()
        os.fsync(out.fileno())
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return ""


def claimed_by(permit: Path) -> str:
    """Say who used a permit and when; empty while nobody did. A damaged claim still counts as a use."""
    path = _path(permit)
    if not path.exists():
        return ""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return f"by {record['by']} at {record['at']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "by somebody (the claim cannot be read)"


def _path(permit: Path) -> Path:
    return permit.with_name(permit.name.removesuffix(SUFFIX) + CLAIMED)
