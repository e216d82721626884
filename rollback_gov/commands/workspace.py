"""A user's repository: its root, and its policy, environments and trust with their defaults."""

from __future__ import annotations

import os
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.settings import FOLDER, SETTINGS, TRUST, Files, FolderFiles, load_organisation, read
from rollback_gov.model.errors import UsageError
from rollback_gov.model.policy import Policy
from rollback_gov.model.record import Record
from rollback_gov.plans.load import load_settings, load_without
from rollback_gov.policy.organisation import Organisation

if TYPE_CHECKING:
    from rollback_gov.model.environment import Environment, Environments
    from rollback_gov.model.trust import Trust


class Workspace(Record, kw_only=False):
    """The repository around a plan. Files are read when they are first asked for."""

    root: Path
    passed_over: list[str] = field(default_factory=list)
    """What is wrong with the environments and was passed over: no message and no contact is worth a rollback."""
    policy_from: str = ""
    """A git ref from which policy, trust and waivers come, so that a branch cannot weaken its own gate."""
    start: Path | None = field(default=None, kw_only=True)
    """The path from which the root was looked for, as it was named."""

    @classmethod
    def around(cls, path: Path) -> Workspace:
        """Find the root: the nearest folder upwards with ``.rollback-gov`` or ``.git``, else the path's folder."""
        # Not Path.resolve: it raises for a link that leads to itself, and the loader has a better sentence for that.
        real = Path(os.path.realpath(path))
        start = real if real.is_dir() else real.parent
        for folder in (start, *start.parents):
            if (folder / FOLDER).is_dir() or (folder / ".git").exists():
                return cls(folder, start=path)
        return cls(start, start=path)

    def at(self, policy_from: str) -> Workspace:
        """Give the same repository with policy, trust and waivers from a git ref; empty: as they lie here.

        Where its root is says that ref too. Raises UsageError where there is no such ref.
        """
        if not policy_from:
            return self
        from rollback_gov.commands.ref_files import root_at

        # As it was named: a plan may be a link into a submodule, whose refs say what they like.
        named = Path(os.path.normpath(Path.cwd() / (self.start or self.root)))
        root = root_at(named if named.is_dir() else named.parent, policy_from, os.environ) or self.root
        return Workspace(root, policy_from=policy_from, start=self.start)

    @cached_property
    def files(self) -> Files:
        """The files that decide about a gate."""
        if not self.policy_from:
            return FolderFiles(self.root)
        from rollback_gov.commands.ref_files import RefFiles

        return RefFiles(self.root, self.policy_from, os.environ, first=SETTINGS)

    @cached_property
    def organisation(self) -> Organisation:
        """The organisation's policy, file by file."""
        return load_organisation(self.files)

    @property
    def policy(self) -> Policy:
        """The organisation's policy; defaults where there is no file."""
        return self.organisation.policy

    @cached_property
    def environments(self) -> Environments:
        """The environments; none where there is no file."""
        from rollback_gov.model.environment import Environments

        path = self.root / FOLDER / "environments.yaml"
        if not path.exists():
            return Environments(environments={})
        environments, problems = load_without(path, "environments-v1", Environments, _of_people)
        self.passed_over.extend(problems)
        return environments

    @cached_property
    def trust(self) -> Trust:
        """The trusted keys; none where there is no file."""
        from rollback_gov.model.trust import Trust

        source = read(self.files, TRUST)
        return load_settings(source, "trust-v1", Trust)[0] if source else Trust(keys=())

    def environment(self, name: str) -> Environment:
        """Give an environment by name. Raises UsageError that lists the known ones."""
        known = self.environments.environments
        if name not in known:
            names = ", ".join(known) or "none"
            raise UsageError(
                f"There is no environment '{name}' in {FOLDER}/environments.yaml (known: {names}).",
                hint=f"Add it there, as staging, production-like or production:\n    {name}: {{class: …}}",
            )
        return known[name]


def _of_people(path: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    """Give the channel or the contacts that a problem is about; None for what a run cannot do without."""
    shared, own = path[:1] == ("channels",), path[:1] == ("environments",) and len(path) > 2
    if shared or (own and path[2] == "channels"):
        return path[: 2 if shared else 4]
    return path[:3] if own and path[2] == "contacts" else None
