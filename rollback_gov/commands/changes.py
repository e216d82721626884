"""What a branch has changed, so that only that is checked. Where it cannot be told, everything is."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.settings import FOLDER
from rollback_gov.model.record import Record
from rollback_gov.plans.files import EVIDENCE
from rollback_gov.plans.load import LoadedPlan

if TYPE_CHECKING:
    from rollback_gov.git import Git

_LINKS = 8
"""So many links that lead to one another are looked at on the way to a file."""


class Changes(Record):
    """The changed files, from the repository's root, and a sentence about them. ``everything``: check all plans."""

    remark: str
    files: frozenset[str] = frozenset()
    everything: bool = False


def changes_since(
    root: Path,
    ref: str,
    environ: Mapping[str, str],
    *,
    settings: Collection[str] = frozenset(),
    files: frozenset[str] | None = None,
) -> Changes:
    """Ask git what is other than where this branch left ``ref``; what is not committed yet counts too.

    ``settings`` are files elsewhere that decide about every plan, as a policy that is extended; ``files`` are the
    changed ones, where they are known.
    """
    from rollback_gov.git import Git, GitError

    git = Git(root, environ)
    try:
        files = changed_files(git, git.ask("merge-base", "--", ref, "HEAD")) if files is None else files
    except GitError as error:
        why = f"It cannot be told what has changed since '{ref}' ({str(error).rstrip('.')}), so everything is checked."
        return Changes(remark=f"{why} In a shallow clone, fetch all of it: `fetch-depth: 0`.", everything=True)
    decisive = sorted(name for name in files if name == FOLDER or name.startswith(f"{FOLDER}/") or name in settings)
    if decisive:
        return Changes(remark=f"{', '.join(decisive)} changed, so every plan is checked.", files=files, everything=True)
    return Changes(remark=f"Only plans that changed since '{ref}' are checked:", files=files)


def is_touched(loaded: LoadedPlan, changes: Changes, root: Path) -> bool:
    """Tell whether the plan, a file that it uses, or its evidence has changed. A missing file counts as changed.

    A link to it counts too, and so does a submodule, or a link to a folder, that it lies in.
    """
    if changes.everything or any(finding.code == "RG009" for finding in loaded.findings):
        return True
    evidence = loaded.folder / EVIDENCE
    below = tuple(f"{name}/" for name in _names(evidence, root))
    if any(name.startswith(below) for name in changes.files):
        return True
    paths = (loaded.path, evidence, *(loaded.folder / name for name in loaded.files))
    return any(_is_among(name, changes.files) for path in paths for name in _names(path, root))


def changed_files(git: Git, base: str) -> frozenset[str]:
    """Give the files below git's folder that are other than in a commit, by their names there. Raises GitError."""
    return frozenset(_changed(git, base))


def _changed(git: Git, base: str) -> Iterator[str]:
    for words in (
        ("diff", "--name-only", "-z", "--relative", "--no-renames", "--no-ext-diff", "--ignore-submodules=none", base),
        ("ls-files", "--others", "--exclude-standard", "-z"),
    ):
        yield from filter(None, git.run(*words).decode("utf-8", "surrogateescape").split("\0"))


def _is_among(name: str, files: Collection[str]) -> bool:
    """Tell whether a file, or a folder that git takes for one, is among the changed ones."""
    return name in files or any(folder.as_posix() in files for folder in Path(name).parents)


def _names(path: Path, root: Path) -> Iterator[str]:
    """Give a file's names from the root: as it is written, that of each link on its way, and its real one."""
    path = Path.cwd() / path
    for _ in range(_LINKS):
        yield _inside(os.path.normpath(path), os.path.normpath(Path.cwd() / root))
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
    yield _inside(os.path.realpath(path), os.path.realpath(root))


def _inside(path: str, root: str) -> str:
    return Path(os.path.relpath(path, root)).as_posix()
