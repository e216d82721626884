"""``incident.json``: every fact of a run with its provenance, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from rollback_gov.reports.fact import Fact
from rollback_gov.reports.incident import Incident

VERSION = 1


def incident_record(facts: Incident) -> dict[str, Any]:
    """Give the facts as plain JSON values, versioned (``schemas/incident-v1.schema.json``)."""
    return {"version": VERSION, **_plain(facts)}


def _plain(value: Any) -> Any:
    if isinstance(value, Fact):
        known = {"value": value.text, "provenance": value.provenance, "source": value.source}
        return known if value.is_known else {"value": None, "provenance": value.provenance, "source": ""}
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value
