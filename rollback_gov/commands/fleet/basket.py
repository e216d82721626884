"""Files that are taken out of a repository, within bounds: whatever else it holds is never asked for."""

from __future__ import annotations

from rollback_gov.commands.fleet.snapshot import Kept, Snapshot
from rollback_gov.commands.settings import size_of
from rollback_gov.github.fleet.asking import Asking
from rollback_gov.github.fleet.blobs import read_blob
from rollback_gov.github.fleet.tree import Entry, Tree
from rollback_gov.model.errors import UsageError
from rollback_gov.plans.source import Source, source_of
from rollback_gov.records.text import one_line

LONGEST_FILE = 8 * 1_048_576
LONGEST_TOGETHER = 64 * 1_048_576
"""Bytes."""
LONGEST_PATH = 255
_LFS = b"version https://git-lfs.github.com/spec/v1\n"


class Basket:
    """Takes files; those that were there before, with the same hash, cost no request."""

    def __init__(self, asking: Asking, repository: str, tree: Tree, before: Snapshot | None) -> None:
        self._asking, self._repository, self._tree = asking, repository, tree
        self._known = {kept.sha: kept.raw for kept in before.files.values()} if before else {}
        self.files: dict[str, Kept] = {}
        self.left_out: dict[str, None] = {}
        """Sentences, in their order."""

    def take(self, path: str, *, most: int = LONGEST_FILE) -> bytes | None:
        """Give a file's bytes; None where there is no such file, or where it is left out. Raises Unreadable."""
        entry = self._tree.files.get(path)
        if entry is None:
            return None
        if path not in self.files:
            reason = self._objection(path, entry, most)
            if reason:
                self.leave_out(f"{path}: {reason}.")
                return None
            raw = self._known.get(entry.sha)
            if raw is None:
                raw = self._known[entry.sha] = read_blob(self._asking, self._repository, entry.sha)
            if raw.startswith(_LFS):
                self.leave_out(f"{path}: its text is in Git LFS, and only a pointer in git.")
                return None
            self.files[path] = Kept(sha=entry.sha, raw=raw)
        return self.files[path].raw

    def leave_out(self, sentence: str) -> None:
        """Remember what was not read. A path may hold anything."""
        self.left_out[one_line(sentence, 400)] = None

    def _objection(self, path: str, entry: Entry, most: int) -> str:
        """Say why a file is not read; empty where it is."""
        if not is_safe(path):
            return "a path like this is not followed"
        if entry.is_link:
            return "it is a link, and those are not followed here"
        if entry.size > most:
            return f"it has {entry.size} bytes, and at most {most} are read"
        if sum(len(kept.raw) for kept in self.files.values()) + entry.size > LONGEST_TOGETHER:
            return f"more than {LONGEST_TOGETHER // 1_048_576} MiB would be read of this repository"
        return ""


def is_safe(path: str) -> bool:
    """Tell whether a path stays where it is put, on every system."""
    parts = path.split("/")
    return (
        0 < len(path) <= LONGEST_PATH
        and path.isprintable()
        and not set(path) & set('\\:*?"<>|')
        and all(part.strip(". ") and part.lower() != ".git" for part in parts)
    )


class BasketFiles:
    """The files that decide about a gate, out of a basket."""

    ref = ""

    def __init__(self, basket: Basket) -> None:
        self._basket = basket

    def read(self, name: str) -> Source | None:
        """Give a file's text; None where there is none. Raises UsageError for one that is left out."""
        size = size_of(name)
        before = len(self._basket.left_out)
        raw = self._basket.take(name, most=size.bytes)
        if len(self._basket.left_out) > before:
            raise UsageError(f"{name} was not read.")
        return None if raw is None else source_of(raw, name, size)
