"""How a run stands, and answering its gates from elsewhere."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rollback_gov.commands.regions import lanes_in
from rollback_gov.commands.resume import started_of
from rollback_gov.commands.session import find_run
from rollback_gov.execution.inbox import Answer, leave
from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.execution.regions.coordination import is_regional
from rollback_gov.execution.regions.lanes import waiting
from rollback_gov.execution.state import fold
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.event import Event


def status(run: str, incidents: Path) -> Mapping[str, Any]:
    """Give a run's state as plain data. Raises UsageError for a run that does not exist.

    ``state`` is how it ended (``passed``, ``failed``, ``aborted``), or ``running``, ``interrupted`` or ``dead``.
    """
    folder = find_run(incidents, run)
    events = read_journal(folder / FILE)
    started, state = started_of(events, folder), fold(events)
    finished = next((event for event in events if event.type == "run.finished"), None)
    return {
        "run": folder.name,
        "operation": started["operation"],
        "environment": started["environment"],
        "mode": started["mode"],
        "state": state.result or _unended(folder / FILE, events),
        "seconds": finished.data["seconds"] if finished else None,
        "sla_seconds": started["sla_seconds"],
        "phases": {path: phase.result or "begun" for path, phase in state.phases.items()},
        "steps": {path: step.result or "begun" for path, step in state.steps.items()},
        "open": [path for path, step in state.steps.items() if step.is_open],
        "gates": waiting_gates(run, incidents),
        **({"regions": [lane.record for lane in lanes_in(folder)]} if is_regional(events) else {}),
        "last_event": events[-1].at,
    }


def _unended(journal: Path, events: Sequence[Event]) -> str:
    """Say how a run without an end stands. Whoever runs it holds the lock of its journal."""
    with journal.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return "running"
    last = next(event.type for event in reversed(events) if event.type != "message.sent")
    return "interrupted" if last == "run.interrupted" else "dead"


def waiting_gates(run: str, incidents: Path) -> list[str]:
    """Name the gates and the manual steps that wait for an answer."""
    return list(waiting(read_journal(find_run(incidents, run) / FILE)))


def approve(run: str, gate: str, incidents: Path, *, decision: str, person: str, reason: str) -> str:
    """Leave an answer for a gate or a manual step that waits; gives its step path.

    Raises UsageError when nothing of that name waits, and Refused when the run's starter agrees without a reason.
    """
    folder = find_run(incidents, run)
    events = read_journal(folder / FILE)
    started = started_of(events, folder)
    gates = waiting(events)
    matches = [path for path in gates if path == gate or path.endswith(f"/{gate}")] if gate else list(gates)
    if len(matches) != 1:
        names = ", ".join(gates) or "none"
        raise UsageError(f"Name one gate that waits (waiting: {names}).")
    path = matches[0]
    question = gates[path]
    is_gate = question.type == "gate.waiting"
    if is_gate and person == started["started_by"] and decision == "approved" and not reason:
        raise Refused(
            f"{person} started this run; somebody else approves its gates.",
            hint="If nobody else is there, override it with --reason TEXT; it is recorded for review.",
        )
    executable = started["digests"]["executable"]
    subject = question.data.get("subject", "")
    answer = Answer(step=path, decision=decision, by=person, reason=reason, executable=executable, subject=subject)
    leave(folder, answer, number=time.time_ns())
    return path
