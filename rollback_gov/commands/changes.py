"""What a branch has changed, so that only that is checked. Where it cannot be told, everything is."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from rollback_gov.commands.settings import FOLDER
from rollback_gov.model.record import Record
from rollback_gov.plans.files import EVIDENCE
from rollback_gov.plans.load import LoadedPlan


class Changes(Record):
    """The changed files, from the repository's root, and a sentence about them. ``everything``: check all plans."""

    remark: str
    files: frozenset[str] = frozenset()
    everything: bool = False


def changes_since(
    root: Path, ref: str, environ: Mapping[str, str], *, settings: Collection[str] = frozenset(), base: str = ""
) -> Changes:
    """Ask git what is other than where this branch left ``ref``; what is not committed yet counts too.

    ``settings`` are files elsewhere that decide about every plan, as a policy that is extended; ``base`` is where the
    branch left the ref, where that is known.
    """
    from rollback_gov.git import Git, GitError

    git = Git(root, environ)
    try:
        base = base or git.ask("merge-base", "--", ref, "HEAD")
        files = frozenset(_changed(git.run, base))
    except GitError as error:
        why = f"It cannot be told what has changed since '{ref}' ({str(error).rstrip('.')}), so everything is checked."
        return Changes(remark=f"{why} In a shallow clone, fetch all of it: `fetch-depth: 0`.", everything=True)
    decisive = sorted(name for name in files if name.startswith(f"{FOLDER}/") or name in settings)
    if decisive:
        return Changes(remark=f"{', '.join(decisive)} changed, so every plan is checked.", files=files, everything=True)
    return Changes(remark=f"Only plans that changed since '{ref}' are checked:", files=files)


def is_touched(loaded: LoadedPlan, changes: Changes, root: Path) -> bool:
    """Tell whether the plan, a file that it uses, or its evidence has changed. A missing file counts as changed."""
    if changes.everything or any(finding.code == "RG009" for finding in loaded.findings):
        return True
    folder = _inside(loaded.folder, root)
    if any(name.startswith(posixpath.join(folder, EVIDENCE, "")) for name in changes.files):
        return True
    names = (_inside(path, root) for path in (loaded.path, *(loaded.folder / name for name in loaded.files)))
    return any(name in changes.files for name in names)


def _changed(run: Callable[..., bytes], base: str) -> Iterator[str]:
    for words in (
        ("diff", "--name-only", "-z", "--relative", "--no-renames", "--no-ext-diff", base),
        ("ls-files", "--others", "--exclude-standard", "-z"),
    ):
        yield from filter(None, run(*words).decode("utf-8", "surrogateescape").split("\0"))


def _inside(path: Path, root: Path) -> str:
    relative = os.path.relpath(os.path.realpath(path), os.path.realpath(root))
    return "" if relative == "." else Path(relative).as_posix()
