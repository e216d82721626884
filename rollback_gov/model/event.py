"""A line of a run's journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rollback_gov.model.record import Record


class Event(Record):
    """Something that happened in a run.

    ``at`` is UTC (ISO 8601, milliseconds), ``monotonic`` seconds of the machine's steady clock.
    """

    seq: int
    at: str
    monotonic: float
    type: str
    data: Mapping[str, Any]
    previous: str
    """sha256 of the line before, in hexadecimal; 64 zeros for the first."""
