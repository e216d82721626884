"""What of a run goes into the audit log: that it began, what people decided, and how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from rollback_gov.commands.audit import NOTHING, Trail
from rollback_gov.model.event import Event

TOLD: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "run.started": ("run.started", ("mode", "environment", "region", "scenario", "level")),
    "run.resumed": ("run.resumed", ("host", "reason", "mirror")),
    "permit.checked": ("run.without-permit", ("reasons",)),
    "break_glass.opened": ("break-glass.opened", ("sha256", "waived", "services", "level", "review_due")),
    "override": ("run.overridden", ("check", "reason")),
    "gate.decided": ("run.answered", ("step", "decision", "reason")),
    "last_resort.decided": ("run.last-resort", ("taken", "reason")),
    "cancel.requested": ("run.cancelled", ("reason", "after_step")),
    "run.interrupted": ("run.interrupted", ("signal",)),
    "run.finished": ("run.ended", ("result", "detail", "seconds", "sla_met", "forward_fix", "last_resort")),
}
"""Event of a journal -> entry of the log, and which of its data stand there."""
_CALM = ("step.finished", "run.interrupted", "run.finished")
"""Events at which the disk may be waited for."""


class AuditListener:
    """Hears a run's journal. What it writes waits in the spool: no run waits for the log, or ends for want of it.

    Until the first step has begun, entries outlive our process at once and a power cut only when that step has ended:
    the journal, which is synced line by line, says the same.

    ``warn`` is told once, when the log lacks something.
    """

    def __init__(self, trail: Trail, *, run: str, operation: str, person: str, warn: Callable[[str], None]) -> None:
        self._trail = trail
        self._run = run
        self._operation = operation
        self._person = person
        self._warn: Callable[[str], None] | None = warn
        self._in_a_hurry = True
        """Until the first step has begun: what is written before it does not wait for the disk."""
        self._unsettled = 0
        """When the first entry was written that may not be on the disk; 0 for none."""

    def __call__(self, event: Event) -> None:
        """Keep what was decided. An entry that is told twice, after a crash, stands in the log once."""
        if event.type == "step.intent" or event.type in _CALM:
            self._in_a_hurry = False
        if event.type in _CALM and self._unsettled:
            self._trail.settle(self._unsettled)
            self._unsettled = 0
        if event.type not in TOLD or (event.type == "permit.checked" and event.data.get("allowed")):
            return
        name, keys = TOLD[event.type]
        if self._in_a_hurry:
            self._unsettled = self._unsettled or time.time_ns()
        told = {key: _plain(event.data[key]) for key in keys if event.data.get(key) not in NOTHING}
        warning = self._trail.record(
            name,
            operation=self._operation,
            by=str(event.data.get("by") or event.data.get("started_by") or self._person),
            now=datetime.fromisoformat(event.at),
            data={"run": self._run, **told},
            identity=sha256(f"{self._run} {event.seq}".encode()).hexdigest()[:16],
            durably=not self._in_a_hurry,
        )
        if warning and self._warn is not None:
            warn, self._warn = self._warn, None
            warn(warning)


def _plain(value: Any) -> Any:
    """Fractions stand as text, so that everybody writes them alike; of a refusal's reasons the codes are enough."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return [entry["code"] if isinstance(entry, Mapping) and "code" in entry else str(entry) for entry in value]
    return value if isinstance(value, str | int) else str(value)
