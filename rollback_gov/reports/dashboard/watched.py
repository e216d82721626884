"""A run as the dashboard looks at it: how it stands, what it has met, and the same of each of its regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from rollback_gov.execution.glance import Glance
from rollback_gov.model.record import Record
from rollback_gov.reports.dashboard.met import Met


class Seen(Record, kw_only=False):
    """One journal: how its run stands, and what it has met."""

    glance: Glance
    met: Met


class Watched(Record):
    """A run. ``regions`` are the journals of those that have begun, by their names."""

    run: Seen
    regions: Mapping[str, Seen] = field(default_factory=dict)

    @property
    def is_regional(self) -> bool:
        """It rolls several regions back."""
        return any(path.startswith("regions/") for path in self.run.glance.progress.phases)
