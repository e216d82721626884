"""What an organisation demands: levels, floors, rules of its own, what evidence weighs (.rollback-gov/policy.yaml)."""

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
    waiver_longest: Duration | None = None


class Floors(Record):
    """The least level by service and by environment."""

    services: Mapping[str, int] | None = None
    environments: Mapping[str, int] | None = None


class Special(Record):
    """Levels that are tighter for some. It holds for a plan with one of the services and for one of the environments;
    an empty list means all."""

    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    levels: Mapping[str, LevelSettings]


class CustomRule(Record):
    """A rule of the organisation's own: two expressions in CEL over ``plan``.

    A plan for which ``when`` is true (empty: every plan) must make ``require`` true.
    """

    code: str
    require: str
    message: str
    when: str = ""
    hint: str = ""
    severity: Literal["error", "warning", "notice"] = "error"
    at: str = ""
    """Where a finding stands: keys and list positions with dots between, such as ``phases.0``."""
    waivable: bool = True


class Policy(Record):
    """An organisation's policy. ``discovery`` holds the glob patterns under which plans are found."""

    extends: str = ""
    """Another policy, by its path from this one; this one may only be stricter."""
    levels: Mapping[str, LevelSettings] | None = None
    floors: Floors | None = None
    special: tuple[Special, ...] = ()
    discovery: tuple[str, ...] = ()
    evidence: Literal["warning", "error"] = "warning"
    """What a lack of evidence weighs in ``validate``; for a permit it is always an error."""
    rules: tuple[CustomRule, ...] = ()
