"""The files that decide about a gate, as a git ref has them: a branch cannot weaken its own gate."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import zip_longest
from pathlib import Path

from rollback_gov.commands.repository import is_submodules
from rollback_gov.commands.settings import FOLDER, size_of
from rollback_gov.git import Git, GitError
from rollback_gov.model.errors import UsageError
from rollback_gov.plans.source import Source, source_of


class RefFiles:
    """Files as a commit of the repository has them. ``first`` are those that will be asked for, read at once."""

    def __init__(self, root: Path, ref: str, environ: Mapping[str, str], *, first: Iterable[str] = ()) -> None:
        git = Git(root, environ)
        self._start(git, ref, commit_of(git, ref), {})
        self._read(tuple(first))

    def _start(self, git: Git, ref: str, commit: str, blobs: dict[str, bytes]) -> None:
        self._git, self.ref, self._commit, self._blobs = git, ref, commit, blobs
        self._known: dict[str, str | UsageError] = {}

    def read(self, name: str) -> Source | None:
        """Give a file's text at that commit. Its name says of which ref it is."""
        if name not in self._known:
            self._read((name,))
        blob = self._known[name]
        if isinstance(blob, UsageError):
            raise blob
        return source_of(self._blobs[blob], f"{self.ref}:{name}", size_of(name)) if blob else None

    @cached_property
    def branched(self) -> str:
        """The commit at which this branch left the ref; empty where they have none in common."""
        try:
            return self._git.ask("merge-base", "--", self._commit, "HEAD")
        except GitError:
            return ""

    @cached_property
    def touched(self) -> frozenset[str]:
        """Which files below the root are other than where this branch left the ref; none where it did not leave it."""
        from rollback_gov.commands.changes import changed_files

        return changed_files(self._git, self.branched) if self.branched else frozenset()

    def where_branched(self) -> RefFiles:
        """Give the files where the branch left the ref, so that what others have changed there is not among them."""
        if self.branched in ("", self._commit):
            return self
        before = RefFiles.__new__(RefFiles)
        before._start(self._git, self.branched, self.branched, self._blobs)
        before._read(tuple(self._known))
        return before

    def _read(self, names: tuple[str, ...]) -> None:
        """Ask for several files with two processes: which they are, and what is in those that are not known yet."""
        asked = dict.fromkeys((*names, *(folder for name in names for folder in _folders(name))))
        entries = dict(_entries(self._git, self._commit, tuple(asked)))
        found = {name: self._found(name, entries) for name in names}
        self._known.update(found)
        blobs = {blob for blob in found.values() if isinstance(blob, str) and blob} - self._blobs.keys()
        self._blobs.update(self._git.blobs(sorted(blobs)) if blobs else {})

    def _found(self, name: str, entries: Mapping[str, tuple[str, str]]) -> str | UsageError:
        """Give a file's object, or what is wrong.

        What lies behind a link, or in a repository of its own, is not that commit's: it would look as if nothing were
        there, and the gate would stand open.
        """
        for folder in _folders(name):
            mode, _ = entries.get(folder, (_TREE, ""))
            if mode != _TREE:
                hint = "Put the folder itself there; links and submodules are not followed."
                return UsageError(f"{folder} is no folder in {self.ref}.", hint=hint)
        mode, blob = entries.get(name, ("", ""))
        if mode and not mode.startswith(_FILE):
            return UsageError(f"{name} is no file in {self.ref}.", hint="Put the file itself there.")
        return blob


_TREE, _FILE, _AWAY = "040000", "100", ("120000", "160000")
"""Modes of git: of a folder, how that of a file begins, and those of a link and of a submodule."""


def _folders(name: str) -> Iterator[str]:
    """Give the folders in which a file lies, from the inside out."""
    while name := posixpath.dirname(name):
        yield name


def _entries(git: Git, commit: str, names: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Give those of the names that a commit has, each with its mode and its object."""
    listed = git.run("ls-tree", "-z", commit, "--", *names).decode("utf-8", "surrogateescape") if names else ""
    for line in filter(None, listed.split("\0")):
        what, _, name = line.partition("\t")
        mode, _, blob = what.split()
        yield name, (mode, blob)


def root_at(start: Path, ref: str, environ: Mapping[str, str]) -> Path | None:
    """Give the nearest folder from there upwards that has settings at that ref, else the root of the work tree.

    Settings that a branch puts beside its plan, or takes away, do not move the root. None outside of a work tree.
    Raises UsageError where there is no such ref.
    """
    folders = (start, *start.parents)
    top = _top(folders, environ)
    if top in (None, start):
        return top
    git = Git(top, environ)
    names = {(folder / FOLDER).relative_to(top).as_posix(): folder for folder in folders[: folders.index(top) + 1]}
    known = dict(_entries(git, commit_of(git, ref), tuple(names)))
    root = next((folder for name, folder in names.items() if name in known), top)
    if not _is_in_place(root, top):
        told = f"{root.relative_to(top).as_posix()} has settings in {ref}, and here it is a link or a submodule."
        raise UsageError(told, hint="Put the folder itself there, or move its settings to the root in a change before.")
    return root


def _top(folders: Iterable[Path], environ: Mapping[str, str]) -> Path | None:
    """Give the work tree's root. Submodules, and what is behind a link, belong to the work tree around them.

    A branch may put either where its plans were, and the refs of another repository say what they like.
    """
    found = [folder for folder in folders if (folder / ".git").exists()]
    for folder, outer in zip_longest(found, found[1:]):
        if outer is None or not (is_submodules(folder / ".git") or _is_put_there(folder, outer, environ)):
            return folder
    return None


def _is_put_there(folder: Path, outer: Path, environ: Mapping[str, str]) -> bool:
    """Tell whether a work tree has a link or a submodule on the way to a folder, by what is checked out in it."""
    way = folder.relative_to(outer)
    names = tuple(each.as_posix() for each in (way, *way.parents[:-1]))
    try:
        return any(mode in _AWAY for _, (mode, _) in _entries(Git(outer, environ), "HEAD", names))
    except GitError:
        return False  # it has no commit


def _is_in_place(root: Path, top: Path) -> bool:
    """Tell whether git, asked in the one folder, speaks of the other's repository and of that very folder in it."""
    way = root.relative_to(top)
    inside = (top / each for each in (way, *way.parents) if each.parts)
    is_moved = Path(os.path.realpath(root)) != Path(os.path.realpath(top)) / way
    return not is_moved and not any((folder / ".git").exists() for folder in inside)


def commit_of(git: Git, ref: str) -> str:
    """Give the commit that a name stands for. Raises UsageError where there is none."""
    try:
        return git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    except GitError as error:
        hint = "Fetch it: git fetch origin BRANCH, or `fetch-depth: 0` of actions/checkout."
        raise UsageError(f"There is no commit '{ref}' in this clone.", hint=hint) from error
