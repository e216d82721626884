"""A plan as a commit has it: which digests it had when somebody looked at that commit."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from rollback_gov.git import Git, GitError, Object
from rollback_gov.model.errors import UsageError
from rollback_gov.model.evidence import Digests
from rollback_gov.plans.files import UsedFiles
from rollback_gov.plans.load import load_text
from rollback_gov.plans.problem import DocumentError, Problem
from rollback_gov.plans.source import source_of
from rollback_gov.records.digests import digests

_COMMIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


class PlanHistory:
    """A plan's digests at commits of its repository. Raises UsageError where it lies in none.

    A commit that nobody's branch has any more, after a force push, is fetched from the remote by its id.
    """

    def __init__(self, git: Git, plan: Path) -> None:
        self._git = git
        try:
            self._root = Path(git.ask("rev-parse", "--show-toplevel"))
        except GitError as error:
            raise UsageError(f"{plan} lies in no repository of git's: {error}", hint=error.hint) from error
        self._name = self.name(plan)

    def name(self, path: Path) -> str:
        """Give a file's path from the root of git's repository, with forward slashes; links in it stay links."""
        folder = Path(os.path.realpath(path.parent))
        return Path(os.path.relpath(folder / path.name, os.path.realpath(self._root))).as_posix()

    def digests_at(self, commit: str) -> Digests | None:
        """Give the digests; None where the commit cannot be had, or has no plan there that can be read."""
        try:
            if not _COMMIT.fullmatch(commit) or not self._has(commit):
                return None
            raw = self._file(commit, self._name)
            source = source_of(raw or b"", self._name)
            loaded = load_text(Path(self._name), source, read=lambda folder, names: self._used(commit, folder, names))
        except (GitError, DocumentError):
            return None
        return digests(loaded.plan, loaded.files) if loaded.plan is not None else None

    def _has(self, commit: str) -> bool:
        if self._known(commit):
            return True
        remote = self._git.remote()
        if remote:
            self._git.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", remote, commit)
        return self._known(commit)

    def _known(self, commit: str) -> bool:
        return self._object(f"{commit}^{{commit}}").kind == "commit"

    def _used(self, commit: str, folder: Path, names: Iterable[str]) -> tuple[UsedFiles, list[Problem]]:
        """Hash what a plan used then. Links are followed inside the commit, and nowhere else."""
        used = UsedFiles(digests={}, scripts={})
        problems = []
        for name in names:
            content = self._file(commit, posixpath.normpath(posixpath.join(folder.as_posix(), name)))
            if content is None:
                problems.append(Problem(code="RG009", message=f"{commit[:12]} has no file '{name}'.", path=("uses",)))
            else:
                used.digests[name] = sha256(content).hexdigest()
        return used, problems

    def _file(self, commit: str, name: str) -> bytes | None:
        found = self._object(f"{commit}:{name}")
        return found.content if found.kind == "blob" else None

    def _object(self, name: str) -> Object:
        return self._git.objects([name], follow=True)[name]
