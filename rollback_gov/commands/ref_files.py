"""The files that decide about a gate, as a git ref has them: a branch cannot weaken its own gate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rollback_gov.git import Git, GitError
from rollback_gov.model.errors import UsageError
from rollback_gov.plans.source import Source, source_of


class RefFiles:
    """Files as a commit of the repository has them."""

    def __init__(self, root: Path, ref: str, environ: Mapping[str, str]) -> None:
        self._git, self._ref = Git(root, environ), ref
        self._commit = commit_of(self._git, ref)
        self._known: dict[str, Source | None] = {}

    def read(self, name: str) -> Source | None:
        """Give a file's text at that commit."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> Source | None:
        listed = self._git.run("ls-tree", "-z", self._commit, "--", name).decode()
        if not listed:
            return None
        mode, kind, blob = listed.partition("\t")[0].split()
        if kind != "blob" or mode == "120000":
            raise UsageError(f"{name} is no file in {self._ref}.", hint="Put the file itself there.")
        return source_of(self._git.run("cat-file", "blob", blob), f"{self._ref}:{name}")


def commit_of(git: Git, ref: str) -> str:
    """Give the commit that a name stands for. Raises UsageError where there is none."""
    try:
        return git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    except GitError as error:
        hint = "Fetch it: git fetch origin BRANCH, or `fetch-depth: 0` of actions/checkout."
        raise UsageError(f"There is no commit '{ref}' in this clone.", hint=hint) from error
