"""What is kept of one repository: the few files of its default branch that a verdict stands on."""

from __future__ import annotations

import gzip
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, Literal

from rollback_gov.model.record import Record

Kind = Literal["read", "empty", "archived", "disabled", "missing", "forbidden", "failed"]
_VERSION = 2


class Kept(Record):
    """A file: its git hash and its bytes."""

    sha: str
    raw: bytes


class Snapshot(Record):
    """A repository as its tree was. ``etag`` is what GitHub is asked with whether that has changed.

    ``left_out`` says, one sentence each, what would have mattered and was not read.

    ``about`` and ``pushed`` are of one that a file names: what GitHub is asked with whether anything about it has
    changed, and its default branch with when something was pushed; empty where that was too young to go by.
    """

    repository: str
    """Its name on GitHub when it was read."""
    tree: str = ""
    """git's hash of the whole tree; empty for a repository without a commit."""
    etag: str = ""
    files: Mapping[str, Kept]
    plans: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    about: str = ""
    pushed: str = ""


class Outcome(Record):
    """What became of one repository in this scan. ``asked`` is the name that the scan knows it by."""

    asked: str
    kind: Kind
    name: str = ""
    """Its name on GitHub today; empty where nobody knows."""
    reason: str = ""


def to_bytes(snapshot: Snapshot) -> bytes:
    """Write a snapshot."""
    files = {path: [kept.sha, b64encode(kept.raw).decode()] for path, kept in snapshot.files.items()}
    document = {
        "version": _VERSION,
        "repository": snapshot.repository,
        "tree": snapshot.tree,
        "etag": snapshot.etag,
        "files": files,
        "plans": snapshot.plans,
        "left_out": snapshot.left_out,
        "about": snapshot.about,
        "pushed": snapshot.pushed,
    }
    return gzip.compress(json.dumps(document).encode(), compresslevel=1, mtime=0)


def from_bytes(raw: bytes) -> Snapshot | None:
    """Read a snapshot back; None for what another version or nobody wrote: it is read from GitHub again."""
    try:
        document: Any = json.loads(gzip.decompress(raw))
        if document["version"] != _VERSION:
            return None
        files = {path: Kept(sha=sha, raw=b64decode(text)) for path, (sha, text) in document["files"].items()}
        return Snapshot(
            repository=document["repository"],
            tree=document["tree"],
            etag=document["etag"],
            files=files,
            plans=tuple(document["plans"]),
            left_out=tuple(document["left_out"]),
            about=document["about"],
            pushed=document["pushed"],
        )
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError):
        return None
