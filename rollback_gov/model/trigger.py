"""Triggers (conditions on metrics) and the decision matrix over them."""

from __future__ import annotations

from dataclasses import field
from decimal import Decimal
from typing import Literal

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Limit, Query
from rollback_gov.model.record import Record
from rollback_gov.model.step import prose


class Volume(Record):
    """Too little traffic to judge: below ``at_least`` the reading counts as no data."""

    query: Query
    at_least: Limit


class Trigger(Record):
    """A condition on a metric: ``for`` makes a duration machine, ``count`` a consecutive one, ``window`` counts."""

    id: str
    name: str = prose()
    rationale: str = prose()
    query: Query
    above: Limit | None = None
    below: Limit | None = None
    at_least: Limit | None = None
    at_most: Limit | None = None
    for_: Duration | None = None
    count: int | None = None
    window: Duration | None = None
    more_than: int | None = None
    every: Duration | None = None
    unknown: Literal["hold", "reset"] = "hold"
    max_gap: Duration | None = None
    volume: Volume | None = None
    floor: Limit | None = None
    baseline_limit: Decimal | None = None
    """What the value is compared with is bad itself beyond this; then nothing more than an investigation follows."""
    alive: Query | None = None
    control: Query | None = None
    detect_within: Duration | None = None


class Band(Record):
    """One row of the decision matrix: when these triggers have fired, do that."""

    action: Literal["monitor", "prepare", "mitigate", "investigate", "rollback"]
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    at_least: int | None = None
    of: tuple[str, ...] = ()
    scenario: str = ""
    within: Duration | None = None
    then: Literal["", "rollback", "page"] = ""
    note: str = prose()


class Watch(Record):
    """How the triggers are watched: ``observe`` only tells, ``confirm`` asks a person, ``auto`` acts.

    ``align``: readings come so long after each multiple of ``every`` on the clock, such as just after a scrape.
    """

    mode: Literal["observe", "confirm", "auto"] = "confirm"
    every: Duration = field(default=Duration(30_000))
    align: Duration | None = None
