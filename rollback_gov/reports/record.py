"""``incident.json``: every fact of a run with its provenance, for programs."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from rollback_gov.reports.fact import Derived, Entered, Measured, NotMeasured, Seconds, provenance
from rollback_gov.reports.incident import Incident

VERSION = 1


def incident_record(facts: Incident) -> dict[str, Any]:
    """Give the facts as plain JSON values, versioned (``schemas/incident-v1.schema.json``).

    What the run is and how it stands are at the top (``run``, ``outcome``). A fact is ``{value, provenance, source}``;
    its value is null where nobody knows. Times are UTC, spans are seconds.
    """
    parts: dict[str, Any] = _plain(facts)
    return {"version": VERSION, **parts.pop("identity"), **parts.pop("standing"), **parts}


def _plain(value: Any) -> Any:
    if isinstance(value, Seconds):
        return value.number
    if isinstance(value, NotMeasured):
        return {"value": None, "provenance": provenance(value), "source": value.why}
    if isinstance(value, Measured | Derived | Entered):
        return {"value": _plain(value.value), "provenance": provenance(value), "source": value.source}
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value
