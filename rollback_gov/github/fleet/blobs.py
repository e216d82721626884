"""The bytes of one file, which are what the tree names: git's own hash is checked."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha1, sha256
from typing import Any

from rollback_gov.github.fleet.asking import Asking, Unreadable


def read_blob(asking: Asking, repository: str, sha: str) -> bytes:
    """Read a file by its git hash. Raises Unreadable, also for bytes that are not those of that hash."""
    told: Any = asking.get(f"/repos/{repository}/git/blobs/{sha}").document
    if not isinstance(told, dict) or told.get("encoding") != "base64" or not isinstance(told.get("content"), str):
        raise Unreadable("what answers is not GitHub's API")
    try:
        raw = b64decode(told["content"])
    except ValueError as error:
        raise Unreadable("what answers is not GitHub's API") from error
    if git_hash(raw, sha) != sha:
        raise Unreadable(f"a file is not what git's hash {sha[:12]} says")
    return raw


def git_hash(raw: bytes, like: str) -> str:
    """Give git's hash of a file, of the kind of another: SHA-1, or SHA-256 where the repository has that."""
    digest = sha256 if len(like) == 64 else lambda text: sha1(text, usedforsecurity=False)
    return digest(b"blob %d\0" % len(raw) + raw).hexdigest()
