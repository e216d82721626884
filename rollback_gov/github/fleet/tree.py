"""The files of a default branch: one recursive listing, and a bounded walk where GitHub cuts that off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

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
    entries = reply.document["tree"]
    folders = any(entry.get("type") == "tree" for entry in entries)
    return not folders or any("/" in str(entry.get("path", "")) for entry in entries)


def read_tree(asking: Asking, repository: str, reply: Reply) -> Tree:
    """Give all files of a listing. One that was cut off is walked folder by folder, as far as that goes."""
    sha = tree_sha(reply)
    if not reply.document.get("truncated"):
        return Tree(sha=sha, files=dict(_files(reply.document, "")))
    return _walk(asking, repository, sha)


def _walk(asking: Asking, repository: str, sha: str) -> Tree:
    files: dict[str, Entry] = {}
    waiting, unsearched = [("", sha)], list[str]()
    for _ in range(MOST_LISTINGS):
        if not waiting:
            break
        folder, of = waiting.pop(0)
        query = {"recursive": "1"} if folder else {}
        told = asking.get(f"/repos/{repository}/git/trees/{of}", **query).document
        if told.get("truncated") and folder:  # once more, a floor at a time
            told = asking.get(f"/repos/{repository}/git/trees/{of}").document
            query = {}
        files.update(_files(told, folder))
        if not query:
            waiting += _folders(told, folder)
            waiting.sort(key=_promise)
        if told.get("truncated"):
            unsearched.append(folder)
    unsearched += [folder for folder, _ in waiting]
    return Tree(sha=sha, files=files, unsearched=tuple(sorted(unsearched)))


def _promise(folder: tuple[str, str]) -> tuple[int, str]:
    top = folder[0].split("/", 1)[0]
    return (_FIRST.index(top) if top in _FIRST else len(_FIRST), folder[0])


def _files(told: Any, folder: str) -> Iterator[tuple[str, Entry]]:
    for one in told["tree"]:
        mode, path, sha, size = one.get("mode"), one.get("path"), one.get("sha"), one.get("size", 0)
        if isinstance(path, str) and isinstance(sha, str) and sha.isalnum() and isinstance(size, int):
            name = f"{folder}/{path}" if folder else path
            if mode in _FILE_MODES or mode == _LINK:
                yield name, Entry(sha=sha, size=size, is_link=mode == _LINK)


def _folders(told: Any, folder: str) -> Iterator[tuple[str, str]]:
    for one in told["tree"]:
        if one.get("type") == "tree" and str(one["sha"]).isalnum():
            yield (f"{folder}/{one['path']}" if folder else str(one["path"])), str(one["sha"])
