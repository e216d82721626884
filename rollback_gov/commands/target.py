"""Which plan is run, where, and with which values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record
from rollback_gov.plans.load import LoadedPlan


class Target(Record):
    """Which plan, where, with which values."""

    loaded: LoadedPlan
    workspace: Workspace
    environment: str
    given: Mapping[str, str] = field(default_factory=dict)
    region: str = ""

    @property
    def values(self) -> dict[str, str]:
        """Parameters that were given, over those of the region.

        Raises UsageError for a region that the plan does not have, and for none where it has some: each has its own.
        """
        regions = self.loaded.require().regions
        known = regions.order if regions else ()
        if self.region not in (known or ("",)):
            wrong = f"There is no region '{self.region}'" if self.region else "The plan has regions: name one"
            raise UsageError(f"{wrong} (it has: {', '.join(known) or 'none'}).", hint="Use --region NAME.")
        parameters = (regions.parameters if regions else None) or {}
        return {**parameters.get(self.region, {}), **self.given}

    @property
    def is_regional(self) -> bool:
        """The plan has regions and none was named: all of them are meant, by the plan's strategy."""
        return self.loaded.require().regions is not None and not self.region

    @property
    def lanes(self) -> tuple[Target, ...]:
        """One target a region, in their order."""
        regions = self.loaded.require().regions
        return tuple(replace(self, region=region) for region in (regions.order if regions else ()))

    @property
    def incidents(self) -> Path:
        """Where runs leave their folders."""
        return self.workspace.root / "incidents"

    @property
    def baseline_folder(self) -> Path:
        """Where this environment's baseline lies."""
        return self.loaded.folder.resolve() / "baseline" / self.environment / self.region
