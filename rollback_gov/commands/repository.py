"""Which repository this is, however it was cloned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_SCP = r"^(?:[^/@]+@)?(?P<host>\[[^\]]+\]|[^/:]+):(?P<path>(?!//).+)$"
"""``user@host:path``, as ssh writes it."""
_COMMIT = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
_URL = r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@]*@)?(?P<host>\[[^\]]+\]|[^/:]*)(?::\d+)?/(?P<path>.*)$"


def repository_name(root: Path) -> str:
    """Name the repository around a folder: git's remote ``origin`` as ``host/owner/name``, else the folder's name.

    Reads git's files and runs nothing.
    """
    folder = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
    url = remotes(root).get("origin", "")
    return normalised(url) if url else folder.name


def remotes(root: Path) -> dict[str, str]:
    """Give the remotes of the repository around a folder, each with its URL, without running git."""
    git = git_folder(root)
    return _remotes(_text(git / "config")) if git else {}


def main_remote(known: Mapping[str, str]) -> str:
    """Name the remote that counts: ``origin``, or the only one; empty where there is none, or nobody can tell."""
    return "origin" if "origin" in known else next(iter(known)) if len(known) == 1 else ""


def git_folder(root: Path) -> Path | None:
    """Give the folder in which git keeps the repository around a folder, shared by all its work trees."""
    return next((_common(folder / ".git") for folder in (root, *root.parents) if (folder / ".git").exists()), None)


def checked_out(root: Path) -> str | None:
    """Give the commit that is checked out around a folder; nothing where there is none, None where only git can tell.

    Reads git's files and runs nothing. A further work tree has a HEAD of its own, and its branches where all are.
    """
    place = next((folder / ".git" for folder in (root, *root.parents) if (folder / ".git").exists()), None)
    if place is None:
        return ""
    head = _text(_own(place) / "HEAD").strip()
    if head.startswith("ref: "):
        return tip_of(_common(place), head.removeprefix("ref: "))
    return head if re.fullmatch(_COMMIT, head) else ""


def is_submodules(place: Path) -> bool:
    """Tell whether a ``.git`` is a submodule's: a file that leads to a repository of its own.

    That of a further work tree leads to a folder that shares one. ``git init --separate-git-dir`` looks like a
    submodule.
    """
    return place.is_file() and not (_own(place) / "commondir").exists()


def tip_of(git: Path, ref: str) -> str | None:
    """Give the commit that a full ref names, and nothing where there is none; None where only git itself can tell.

    ``git`` is what ``git_folder`` gives. Reads git's files and runs nothing.
    """
    if (git / "reftable").exists():
        return None
    try:
        text = (git / ref).read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        return _packed(git, ref)
    except (OSError, UnicodeDecodeError):
        return None
    return text if re.fullmatch(_COMMIT, text) else None


def _packed(git: Path, ref: str) -> str | None:
    """Look among the refs that git has put into one file. They are written there before their own files go."""
    try:
        lines = (git / "packed-refs").read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    except OSError:
        return None
    commits = (line.partition(" ")[0] for line in lines if line.endswith(f" {ref}"))
    return next((commit for commit in commits if re.fullmatch(_COMMIT, commit)), "")


def normalised(url: str) -> str:
    """Give a remote's URL as ``host/owner/name``: ssh, https, credentials and ``.git`` make no difference."""
    match = re.match(_URL, url) or re.match(_SCP, url)
    host, path = (match["host"].lower(), match["path"]) if match else ("", url)
    path = path.rstrip("/").removesuffix(".git")
    return f"{host}/{path.lstrip('/')}" if host else path


def _common(git: Path) -> Path:
    """Give the folder that all work trees share."""
    folder = _own(git)
    common = _text(folder / "commondir").strip() if folder != git else ""
    return folder / common if common else folder


def _own(git: Path) -> Path:
    """Follow ``.git`` where it is a file that says where the folder is: in a further work tree, or a submodule."""
    return git.parent / _text(git).strip().removeprefix("gitdir:").strip() if git.is_file() else git


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _remotes(config: str) -> dict[str, str]:
    name, found = "", dict[str, str]()
    for line in map(str.strip, config.splitlines()):
        if line.startswith("["):
            name = line.removeprefix('[remote "').removesuffix('"]') if line.startswith('[remote "') else ""
        elif name and line.partition("=")[0].strip() == "url":
            found.setdefault(name, line.partition("=")[2].strip())
    return found
