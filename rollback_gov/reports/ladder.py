"""Whom the escalation ladder of a failed rollback did not call, and why."""

from __future__ import annotations

from dataclasses import dataclass

from rollback_gov.execution.named_questions import TAKE_OVER
from rollback_gov.reports.fact import Seconds
from rollback_gov.reports.log import Log


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncalled:
    """A rung that was not taken, its time after the failure, and why nobody was called."""

    level: int
    name: str
    after: Seconds
    why: str


def uncalled(log: Log) -> tuple[Uncalled, ...]:
    """Give the rungs of a failed rollback that were not taken when the journal ends."""
    taken = {data["level"] for data in log.data("escalated") if data["on"] == "failed" and not data.get("contact")}
    why = _why(log)
    return tuple(
        Uncalled(level=rung["level"], name=rung["name"], after=Seconds(rung["after_seconds"]), why=why)
        for rung in log.last("ladder.open").get("rungs", ())
        if rung["level"] not in taken
    )


def _why(log: Log) -> str:
    """Only a process walks the ladder. What it did last says why it called nobody else."""
    events = list(log.all("ladder.open", "gate.waiting", "gate.decided", "run.interrupted", "run.resumed"))
    last = events[-1] if events else None
    if last is None or last.type == "ladder.open":
        return "nobody walked the ladder"
    if last.type == "gate.decided" and last.data["step"] == TAKE_OVER and last.data["by"]:
        return f"{last.data['by']} had taken over"
    if last.type == "run.interrupted":
        return f"the process that walked the ladder was ended by {last.data['by'] or last.data['signal']}"
    return (
        f"the last that the process wrote that walked the ladder is of {log.events[-1].at[:19].replace('T', ' ')} UTC"
    )
