"""The files that decide about a gate, as a git ref has them: a branch cannot weaken its own gate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from rollback_gov.commands.settings import size_of
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
        listed = self._git.run("ls-tree", "-z", self._commit, "--", *names).decode() if names else ""
        found: dict[str, str | UsageError] = dict.fromkeys(names, "")
        found.update(map(self._entry, filter(None, listed.split("\0"))))
        self._known.update(found)
        blobs = {blob for blob in found.values() if isinstance(blob, str) and blob} - self._blobs.keys()
        self._blobs.update(self._git.blobs(sorted(blobs)) if blobs else {})

    def _entry(self, line: str) -> tuple[str, str | UsageError]:
        what, _, name = line.partition("\t")
        mode, kind, blob = what.split()
        if kind != "blob" or mode == "120000":
            return name, UsageError(f"{name} is no file in {self.ref}.", hint="Put the file itself there.")
        return name, blob


def commit_of(git: Git, ref: str) -> str:
    """Give the commit that a name stands for. Raises UsageError where there is none."""
    try:
        return git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    except GitError as error:
        hint = "Fetch it: git fetch origin BRANCH, or `fetch-depth: 0` of actions/checkout."
        raise UsageError(f"There is no commit '{ref}' in this clone.", hint=hint) from error
