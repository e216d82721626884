"""The files of a default branch as git's trees and blobs."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Iterator
from functools import cache
from hashlib import sha1
from typing import Any

from tests.github.hub.repositories import address
from tests.github.hub.state import Answer, Call, File, Hub, RefusalError, Repository, answers


@cache
def blob_sha(raw: bytes) -> str:
    """Give git's hash of a file."""
    return sha1(b"blob %d\0" % len(raw) + raw, usedforsecurity=False).hexdigest()


def folders(repository: Repository) -> Iterator[str]:
    """Give every folder, the root (empty) first."""
    yield ""
    known = set()
    for path in sorted(repository.files):
        parts = path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            folder = "/".join(parts[:depth])
            if folder not in known:
                known.add(folder)
                yield folder


def tree_sha(repository: Repository, folder: str) -> str:
    """Give a hash of everything below a folder."""
    digest = sha1(usedforsecurity=False)
    for path, file in sorted(_below(repository, folder)):
        digest.update(f"{file.mode} {path}\0{blob_sha(file.raw)}".encode())
    return digest.hexdigest()


def _below(repository: Repository, folder: str) -> Iterator[tuple[str, File]]:
    before = f"{folder}/" if folder else ""
    return ((path.removeprefix(before), file) for path, file in repository.files.items() if path.startswith(before))


def _entries(repository: Repository, folder: str, *, recursive: bool) -> Iterator[dict[str, Any]]:
    before = f"{folder}/" if folder else ""
    for path in folders(repository):
        inside = path.removeprefix(before)
        if path.startswith(before) and inside and (recursive or "/" not in inside):
            yield {"path": inside, "mode": "040000", "type": "tree", "sha": tree_sha(repository, path)}
    for path, file in sorted(_below(repository, folder)):
        if recursive or "/" not in path:
            yield {
                "path": path,
                "mode": file.mode,
                "type": "commit" if file.mode == "160000" else "blob",
                "sha": blob_sha(file.raw),
                **({} if file.mode == "160000" else {"size": len(file.raw)}),
            }


@answers("git/get-tree")
def tree(hub: Hub, call: Call) -> Answer:
    """Give a tree; in prose only: one that is too long is cut off, and an empty repository has none."""
    repository, wanted = hub.found(call), call.values["tree_sha"]
    if not repository.files:
        raise RefusalError(409, "Git Repository is empty.")
    found = [""] if wanted == "HEAD" else [each for each in folders(repository) if tree_sha(repository, each) == wanted]
    if not found:
        raise RefusalError(404, "Not Found")
    entries = list(_entries(repository, found[0], recursive="recursive" in call.query))
    sha = tree_sha(repository, found[0])
    return 200, {
        "sha": sha,
        "url": f"{address(hub, repository)}/git/trees/{sha}",
        "tree": entries[: repository.most_entries],
        "truncated": len(entries) > repository.most_entries,
    }


@answers("git/get-blob")
def blob(hub: Hub, call: Call) -> Answer:
    """Give a file by its hash."""
    repository, wanted = hub.found(call), call.values["file_sha"]
    for file in repository.files.values():
        if blob_sha(file.raw) == wanted:
            return 200, {
                "sha": wanted,
                "url": f"{address(hub, repository)}/git/blobs/{wanted}",
                "size": len(file.raw),
                "encoding": "base64",
                "content": encodebytes(file.raw).decode(),
            }
    raise RefusalError(404, "Not Found")
