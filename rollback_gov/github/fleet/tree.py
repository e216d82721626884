"""The files of a default branch: one recursive listing, and a bounded walk where GitHub cuts that off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rollback_gov.github.fleet.asking import Asking, Reply, Unreadable
from rollback_gov.model.record import Record

MOST_LISTINGS = 40
"""Requests for a tree that is longer than one answer."""
_FIRST = (".rollback-gov", "rollback", "runbooks", "docs", "deploy", "ops")
"""Folders that are walked before others: plans and what decides about them lie there."""
_FILE_MODES = ("100644", "100755", "100664")
_LINK = "120000"


class Entry(Record):
    """A file in a tree: its git hash and its size in bytes."""

    sha: str
    size: int
    is_link: bool = False


class Tree(Record):
    """All files by path. ``unsearched`` are folders that nobody looked into, because there was too much."""

    sha: str
    files: Mapping[str, Entry]
    unsearched: tuple[str, ...] = ()


def listing(asking: Asking, repository: str, *, etag: str = "") -> Reply:
    """Ask for the tree of the default branch, or whether it is still the same. Raises Unreadable."""
    return asking.get(f"/repos/{repository}/git/trees/HEAD", etag=etag, recursive="1")


def tree_sha(reply: Reply) -> str:
    """Give the hash of a listed tree. Raises Unreadable for what is none."""
    told = reply.document
    if not isinstance(told, dict) or not isinstance(told.get("sha"), str) or not isinstance(told.get("tree"), list):
        raise Unreadable("what answers is not GitHub's API")
    return str(told["sha"])


def is_recursive(reply: Reply) -> bool:
    """Tell whether folders were followed: a redirection to a repository's new name loses the wish for that."""
    entries = list(_entries(reply.document))
    folders = any(entry["type"] == "tree" for entry in entries)
    return not folders or any("/" in entry["path"] for entry in entries)


def read_tree(asking: Asking, repository: str, reply: Reply) -> Tree:
    """Give all files of a listing. One that was cut off is walked folder by folder, as far as that goes."""
    sha = tree_sha(reply)
    if not reply.document.get("truncated"):
        return Tree(sha=sha, files=dict(_files(reply.document, "")))
    return _walk(asking, repository, sha)


def _walk(asking: Asking, repository: str, sha: str) -> Tree:
    """Walk the folders that promise most first: each whole, or floor by floor where that is too much, too."""
    files: dict[str, Entry] = {}
    waiting, unsearched = [_Folder("", sha, is_whole=False)], list[str]()
    for _ in range(MOST_LISTINGS):
        if not waiting:
            break
        folder = waiting.pop(0)
        told = _part(asking, repository, folder)
        files.update(_files(told, folder.path))
        if told.get("truncated") and folder.is_whole:
            waiting.insert(0, folder._replace(is_whole=False))
        elif told.get("truncated"):
            unsearched.append(folder.path)
        if not folder.is_whole:
            waiting = sorted([*waiting, *_folders(told, folder.path)], key=_promise)
    unsearched += [folder.path for folder in waiting]
    return Tree(sha=sha, files=files, unsearched=tuple(sorted(unsearched)))


class _Folder(NamedTuple):
    """A folder that is still to be listed: with all that is below it, or itself alone."""

    path: str
    sha: str
    is_whole: bool = True


def _part(asking: Asking, repository: str, folder: _Folder) -> Any:
    query = {"recursive": "1"} if folder.is_whole else {}
    reply = asking.get(f"/repos/{repository}/git/trees/{folder.sha}", **query)
    tree_sha(reply)
    return reply.document


def _promise(folder: _Folder) -> tuple[int, str]:
    top = folder.path.split("/", 1)[0]
    return (_FIRST.index(top) if top in _FIRST else len(_FIRST), folder.path)


def _entries(told: Any) -> Iterator[dict[str, Any]]:
    """Give the entries that are what GitHub says they are: all of them, unless somebody else answers."""
    for one in told["tree"]:
        texts = isinstance(one, dict) and [one.get(name) for name in ("path", "mode", "type", "sha")]
        if texts and all(isinstance(text, str) for text in texts) and one["sha"].isalnum():
            yield one


def _files(told: Any, folder: str) -> Iterator[tuple[str, Entry]]:
    for one in _entries(told):
        mode, size = one["mode"], one.get("size", 0)
        if (mode in _FILE_MODES or mode == _LINK) and isinstance(size, int):
            yield _below(folder, one["path"]), Entry(sha=one["sha"], size=size, is_link=mode == _LINK)


def _folders(told: Any, folder: str) -> Iterator[_Folder]:
    for one in _entries(told):
        if one["type"] == "tree":
            yield _Folder(_below(folder, one["path"]), one["sha"])


def _below(folder: str, path: str) -> str:
    return f"{folder}/{path}" if folder else path
