"""The files beside a plan that its steps run: where they may lie, their digests, and what scripts among them say."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from rollback_gov.model.record import Record
from rollback_gov.plans.problem import Problem

EVIDENCE = "evidence"
"""The folder beside a plan in which its rehearsals lie. Here, so that whoever only looks for it reads no records."""
LONGEST = 200_000
"""Bytes of a shell script beyond which nobody looks into it; it is hashed all the same."""
_CHUNK = 1_048_576
_SHELLS = (b"/sh", b"/bash", b"/dash", b"env sh", b"env bash")
_MARKS = (".rollback-gov", ".git")


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading bytes. Raises OSError, also for a pipe or a device: reading those may never end."""
    return open(path, "rb", opener=_regular)


def _regular(name: str, flags: int) -> int:
    descriptor = os.open(name, flags | os.O_NONBLOCK)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    raise OSError("It is a folder" if stat.S_ISDIR(mode) else "It is not a regular file")


def repository_root(folder: Path) -> Path:
    """Give the nearest folder upwards with ``.rollback-gov`` or ``.git``, else the folder itself; links resolved."""
    start = _resolved(folder)
    for candidate in (start, *start.parents):
        if any((candidate / mark).exists() for mark in _MARKS):
            return candidate
    return start


class UsedFiles(Record):
    """The files under ``uses`` by their names. Each is read once, so what is looked into is what was hashed."""

    digests: dict[str, str]
    """sha256 (hexadecimal)."""
    scripts: dict[str, str | None]
    """The texts of shell scripts; None for one of more than ``LONGEST`` bytes."""


def read_files(folder: Path, names: Iterable[str]) -> tuple[UsedFiles, list[Problem]]:
    """Read each file, and give a problem (RG009) for each that cannot be had.

    Names are relative to the plan's folder and stay inside its repository, also through symbolic links: what a plan
    runs must be what a review of the repository has seen.
    """
    used = UsedFiles(digests={}, scripts={})
    problems = []
    root = repository_root(folder)
    for index, name in enumerate(names):
        try:
            _read(_inside(folder, name, root), name, used)
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
            problems.append(
                Problem(
                    code="RG009",
                    message=f"The file '{name}' cannot be used: {reason}.",
                    path=("uses", index),
                    hint="Paths under `uses` are relative to the plan's folder and stay inside its repository.",
                )
            )
    return used, problems


def _inside(folder: Path, name: str, root: Path) -> Path:
    if PurePosixPath(name).is_absolute():
        raise ValueError("its path is absolute")
    path = _resolved(folder / name)
    if not path.is_relative_to(root):
        raise ValueError(f"it lies outside of the repository {root.name or root}")
    return path


def _resolved(path: Path) -> Path:
    """Follow links; unlike ``Path.resolve``, a loop of links is left to whoever opens the file."""
    return Path(os.path.realpath(path))


def _read(path: Path, name: str, used: UsedFiles) -> None:
    digest = sha256()
    with open_regular(path) as file:
        first = chunk = file.read(_CHUNK)
        while chunk:
            digest.update(chunk)
            chunk = file.read(_CHUNK)
    used.digests[name] = digest.hexdigest()
    if _is_shell(name, first):
        used.scripts[name] = first.decode("utf-8", "replace") if len(first) <= LONGEST else None


def _is_shell(name: str, head: bytes) -> bool:
    """Tell a script for a shell of the family that can be read, by its first line, else by the end of its name."""
    if head.startswith(b"#!"):
        words = head[2:].split(b"\n", 1)[0].split()[:2]
        return bool(words) and (words[0].endswith(_SHELLS) or b" ".join(words).endswith(_SHELLS))
    return name.endswith((".sh", ".bash"))
