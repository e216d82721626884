"""A user's repository: its root, and its policy, environments and trust with their defaults."""

from __future__ import annotations

import os
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Any

from rollback_gov.model.environment import Environment, Environments
from rollback_gov.model.errors import UsageError
from rollback_gov.model.policy import Policy
from rollback_gov.model.record import Record
from rollback_gov.model.trust import Trust
from rollback_gov.plans.load import load_record, load_without

FOLDER = ".rollback-gov"


class Workspace(Record, kw_only=False):
    """The repository around a plan. Files are read when they are first asked for."""

    root: Path
    passed_over: list[str] = field(default_factory=list)
    """What is wrong with the environments and was passed over: no message and no contact is worth a rollback."""

    @classmethod
    def around(cls, path: Path) -> Workspace:
        """Find the root: the nearest folder upwards with ``.rollback-gov`` or ``.git``, else the path's folder."""
        # Not Path.resolve: it raises for a link that leads to itself, and the loader has a better sentence for that.
        real = Path(os.path.realpath(path))
        start = real if real.is_dir() else real.parent
        for folder in (start, *start.parents):
            if (folder / FOLDER).is_dir() or (folder / ".git").exists():
                return cls(folder)
        return cls(start)

    @cached_property
    def policy(self) -> Policy:
        """The organisation's policy; defaults where there is no file."""
        policy: Policy = self._read("policy", Policy, Policy())
        return policy

    @cached_property
    def environments(self) -> Environments:
        """The environments; none where there is no file."""
        path = self.root / FOLDER / "environments.yaml"
        if not path.exists():
            return Environments(environments={})
        environments, problems = load_without(path, "environments-v1", Environments, _of_people)
        self.passed_over.extend(problems)
        return environments

    @cached_property
    def trust(self) -> Trust:
        """The trusted keys; none where there is no file."""
        trust: Trust = self._read("trust", Trust, Trust(keys=()))
        return trust

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

    def _read(self, name: str, cls: type[Any], default: Any) -> Any:
        path = self.root / FOLDER / f"{name}.yaml"
        return load_record(path, f"{name}-v1", cls) if path.exists() else default


def _of_people(path: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    """Give the channel or the contacts that a problem is about; None for what a run cannot do without."""
    shared, own = path[:1] == ("channels",), path[:1] == ("environments",) and len(path) > 2
    if shared or (own and path[2] == "channels"):
        return path[: 2 if shared else 4]
    return path[:3] if own and path[2] == "contacts" else None
