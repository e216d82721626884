"""What an organisation demands: levels, floors, and what evidence weighs (.rollback-gov/policy.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rollback_gov.model.duration import Duration
from rollback_gov.model.record import Record


class LevelSettings(Record):
    """Overrides of one certification level; what is left out stays as it is. Only tightening counts."""

    sla: Duration | None = None
    target: Duration | None = None
    evidence_max_age: Duration | None = None
    approvers: int | None = None
    permit_life: Duration | None = None
    permit_longest: Duration | None = None


class Floors(Record):
    """The least level by service and by environment."""

    services: Mapping[str, int] | None = None
    environments: Mapping[str, int] | None = None


class Policy(Record):
    """An organisation's policy. ``discovery`` holds the glob patterns under which plans are found."""

    levels: Mapping[str, LevelSettings] | None = None
    floors: Floors | None = None
    discovery: tuple[str, ...] = ()
    evidence: Literal["warning", "error"] = "warning"
    """What a lack of evidence weighs in ``validate``; for a permit it is always an error."""
