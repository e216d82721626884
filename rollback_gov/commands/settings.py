"""The files under ``.rollback-gov`` that decide about a gate, as they lie here."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from rollback_gov.model.errors import UsageError
from rollback_gov.model.policy import Policy
from rollback_gov.plans.load import load_settings
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.source import DOCUMENT, REGISTER, Size, Source, read_source
from rollback_gov.policy.organisation import Layer, Organisation

FOLDER = ".rollback-gov"
POLICY, TRUST, WAIVERS = SETTINGS = tuple(f"{FOLDER}/{name}.yaml" for name in ("policy", "trust", "waivers"))

LONGEST = 20
"""So many policies may extend one another."""


class Files(Protocol):
    """Text files by their path from the root of the repository, with forward slashes.

    ``ref`` is the git ref from which they come; empty: as they lie here.
    """

    ref: str

    def read(self, name: str) -> Source | None:
        """Give a file's text; None where there is no such file. Raises DocumentError for one that is no text."""


class FolderFiles:
    """Files as they lie in a folder."""

    ref = ""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, name: str) -> Source | None:
        """Give a file's text. It must lie inside the folder, also where it is a link."""
        path = self._root / name
        if not _is_there(path, self._root):
            return None
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self._root)):
            raise UsageError(f"{name} leads out of the repository.", hint="Put the file itself there.")
        return read_source(path, name=name, size=size_of(name))


def _is_there(path: Path, root: Path) -> bool:
    """Tell whether there is a file. A link that leads nowhere is none, and whoever wrote it meant that there is one.

    Raises UsageError for such a link, and for a folder on the way that is none: the gate would stand open.
    """
    try:
        path.stat()
    except FileNotFoundError:
        way = (path, *path.parents[: len(path.parts) - len(root.parts) - 1])
        broken = next((each for each in way if each.is_symlink() and not each.exists()), None)
        if broken is None:
            return False
        told = f"{broken.relative_to(root).as_posix()} is a link that leads nowhere."
        raise UsageError(told, hint="Put the file itself there, or take the link out.") from None
    except OSError as error:
        told = f"{path.relative_to(root).as_posix()} cannot be read: {error.strerror}."
        raise UsageError(told, hint="Put the file itself there, in a folder.") from error
    return True


def size_of(name: str) -> Size:
    """Say how large a file may be: there are waivers of all plans in one."""
    return REGISTER if name == WAIVERS else DOCUMENT


def load_organisation(files: Files) -> Organisation:
    """Read the policy and those that it extends. Raises UsageError for a file that is wrong, missing or in a circle."""
    layers: list[Layer] = []
    chain: list[str] = []
    name = POLICY
    while name:
        source = read(files, name)
        if source is None:
            if not chain:
                break
            raise UsageError(f"{chain[-1]} extends '{name}', and there is no such file.", hint="Correct the path.")
        chain.append(name)
        if len(chain) > LONGEST:
            raise UsageError(f"{POLICY} extends more than {LONGEST - 1} policies.", hint="Join some of them.")
        policy, source_map = load_settings(source, "policy-v1", Policy)
        layers.insert(0, Layer(policy=policy, source_map=source_map))
        name = _extended(policy.extends, chain)
    return Organisation(layers=tuple(layers))


def policy_files(files: Files) -> Iterator[str]:
    """Name the policy's files.

    One that is broken is told by whoever loads it, or does not count yet.
    """
    try:
        layers = load_organisation(files).layers
    except UsageError:
        return
    yield from (layer.place().file.removeprefix(f"{files.ref}:") for layer in layers)


def read(files: Files, name: str) -> Source | None:
    """Give a file's text, or None. Raises UsageError for one that is no text."""
    try:
        return files.read(name)
    except DocumentError as error:
        raise UsageError(f"{error.place}: {error}", hint=error.hint) from error


def _extended(path: str, chain: list[str]) -> str:
    """Give the name of the policy that the last of the chain extends; empty for none."""
    if not path:
        return ""
    if not path.isprintable():  # neither the system nor git can be asked for all that a text may hold
        raise UsageError(f"{chain[-1]} extends {path!r}, which is no file's name.", hint="Correct the path.")
    name = posixpath.normpath(posixpath.join(posixpath.dirname(chain[-1]), path))
    if posixpath.isabs(path) or name.startswith("../") or "\\" in path or "://" in path:
        raise UsageError(
            f"{chain[-1]} extends '{path}', which lies outside of the repository.",
            hint="`extends` is a path from the policy's own folder, and nothing is fetched: copy the policy in.",
        )
    if name in chain:
        circle = " -> ".join([*chain[chain.index(name) :], name])
        raise UsageError(f"The policy extends itself: {circle}.", hint="Take one `extends` out.")
    return name
