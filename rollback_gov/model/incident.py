"""Incidents of the past, as a file names them."""

from __future__ import annotations

from rollback_gov.model.record import Record


class KnownIncident(Record):
    """What happened from when to when; times are text such as ``2026-11-03T14:30:00Z``."""

    from_: str
    to: str
    name: str = ""


class KnownIncidents(Record):
    """A file of incidents."""

    incidents: tuple[KnownIncident, ...]
