"""What people said beforehand, on the command line, and how a run ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from rollback_gov.model.record import Record


class Answers(Record):
    """What people said beforehand, on the command line."""

    overrides: Mapping[str, str] = field(default_factory=dict)
    """Check -> reason."""
    settle: Mapping[str, str] = field(default_factory=dict)
    """Step path -> done, again or abort."""
    point_of_no_return: str = ""
    """``yes`` or ``no``, where it cannot be detected."""


class RunResult(Record):
    """How a run ended: ``passed``, ``failed`` or ``aborted``."""

    result: str
    seconds: float
    sla_seconds: float
    detail: str

    @property
    def sla_met(self) -> bool:
        """Verified within the SLA."""
        return self.result == "passed" and self.seconds <= self.sla_seconds
