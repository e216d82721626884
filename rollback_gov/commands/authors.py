"""Who wrote a plan: everybody who had a hand in the commits that touched it or the files that it uses."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rollback_gov.git import Git, GitError, co_authors
from rollback_gov.github.logins import with_logins
from rollback_gov.plans.load import LoadedPlan
from rollback_gov.records.text import one_line

_SECONDS = 20.0
_FIELDS = ("%an", "%ae", "%cn", "%ce", "%B")
_FORMAT = "".join(f"{field}%x00" for field in _FIELDS)


@dataclass(frozen=True, slots=True)
class Authors:
    """Names and e-mail addresses of authors, the plan's owner among them, and of committers.

    ``doubts`` say why there may be more that nobody sees, each in a sentence with what to do about it.
    """

    known: frozenset[str]
    committers: frozenset[str] = frozenset()
    doubts: tuple[str, ...] = ()


def authors_of(loaded: LoadedPlan, environ: Mapping[str, str]) -> Authors:
    """Ask git's history: authors, committers and co-authors of the plan and of the files under ``uses``.

    Whatever git cannot tell is a doubt, never an error: a plan may lie outside of a repository, in a clone that is cut
    off, or be edited and not committed.
    """
    plan = loaded.require()
    history = _History(Git(loaded.folder, environ, seconds=_SECONDS))
    owner = frozenset({plan.metadata.owner})
    files = _paths(loaded.folder, (loaded.path.name, *plan.uses))
    try:
        authors, committers = history.people(files)
        return Authors(owner | with_logins(authors), with_logins(committers), tuple(history.doubts(files)))
    except GitError as error:
        hint = error.hint or "The plan has to be committed in a repository that git can read."
        doubt = f"Nobody knows who wrote the plan, because git cannot tell: {error} {hint}"
        return Authors(owner, doubts=(one_line(doubt),))


def _paths(folder: Path, names: tuple[str, ...]) -> list[str]:
    """Give each file, and what it leads to where it is a link: who wrote either wrote what runs."""
    real = os.path.realpath(folder)
    links = [os.path.normpath(Path(real) / name) for name in names]
    return list(dict.fromkeys(path for link in links for path in (link, os.path.realpath(link))))


class _History:
    """What git knows of some files. Every question may end in ``GitError``."""

    def __init__(self, git: Git) -> None:
        self._git = git

    def people(self, files: list[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Give authors (with co-authors) and committers of all commits of the files, also under earlier names."""
        commits = [commit for file in files for commit in self._commits(file)]
        authors = frozenset(name for wrote, _ in commits for name in wrote if name)
        return authors, frozenset(name for _, committed in commits for name in committed if name)

    def doubts(self, files: list[str]) -> Iterator[str]:
        """Say why the history may not show everybody."""
        if self._git.ask("rev-parse", "--is-shallow-repository") != "false":
            yield (
                "The history of this clone is cut off, so nobody knows who wrote the plan. "
                "Fetch all of it: git fetch --unshallow, or `fetch-depth: 0` of actions/checkout."
            )
        options = ("--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored=matching")
        status = self._git.run("status", *options, "--", *files).decode("utf-8", "replace")
        if status:
            names = ", ".join(sorted({Path(entry[3:]).name for entry in status.split("\0") if entry[3:]}))
            yield one_line(f"Nobody knows who wrote what is not committed: {names}. Commit it first.")

    def _commits(self, file: str) -> Iterator[tuple[list[str], list[str]]]:
        log = self._git.ask("log", "--follow", "--no-show-signature", f"--format={_FORMAT}", "--", file)
        fields = iter(log.split("\0"))
        for *names, message in zip(*[fields] * len(_FIELDS), strict=False):
            author, email, committer, address = map(str.strip, names)
            yield (
                [author, email, *co_authors(message)],
                [committer, address],
            )
