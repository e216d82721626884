"""A line of a run's journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
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
