"""What the metrics of a repository are computed from: everything that was read, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from rollback_gov.model.record import Record
from rollback_gov.records.break_glass import StoredBreakGlass
from rollback_gov.reports.metrics.dora import Deployment
from rollback_gov.reports.run_facts import AcceptedAction, StoredRun


class PlanFacts(Record):
    """A plan of today. ``latest`` is the end of its newest whole rehearsal that passed, ``fresh_until`` its expiry.

    ``level`` is the required one. ``rehearsed`` is how many rehearsals there are, ``is_enough`` whether they are what
    the level asks for.
    """

    operation: str
    services: tuple[str, ...]
    level: int
    rehearsed: int
    is_enough: bool
    latest: datetime | None = None
    fresh_until: datetime | None = None


class Material(Record):
    """``now`` is UTC; ``window`` is how far back the figures of DORA look.

    ``environments`` are those of production. ``unreadable`` says how many records of each kind could not be read.
    """

    now: datetime
    window: timedelta
    environments: tuple[str, ...]
    runs: tuple[StoredRun, ...] = ()
    actions: tuple[AcceptedAction, ...] = ()
    plans: tuple[PlanFacts, ...] = ()
    break_glasses: tuple[StoredBreakGlass, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    unreadable: Mapping[str, int]
