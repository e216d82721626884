"""How a run stands or ended, and through how many processes it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rollback_gov.reports.log import Log
from rollback_gov.reports.people import gates
from rollback_gov.reports.steps import StepFact

Outcome = Literal["passed", "failed", "aborted", "not ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """``detail`` says why a run did not pass, or where one stands that has not ended. ``open`` names its open steps."""

    outcome: Outcome
    detail: str
    processes: int
    open: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """A run that stopped (``open`` names the step that was cut off) or went on again (``by`` says who asked it to)."""

    at: str
    kind: Literal["interrupted", "resumed"]
    signal: str
    open: str
    by: str
    host: str
    reason: str


def standing(log: Log, attempts: tuple[StepFact, ...]) -> Standing:
    """Say how the run stands."""
    finished = log.finished
    open_steps = tuple(step.path for step in attempts if step.result == "not ended")
    return Standing(
        outcome=finished.get("result", "not ended"),
        detail=finished["detail"] if finished else _where(log, open_steps),
        processes=1 + len(log.data("run.resumed")),
        open=open_steps,
        problems=tuple(finished.get("problems", ())),
    )


def _where(log: Log, open_steps: tuple[str, ...]) -> str:
    waiting = [gate.step for gate in gates(log) if gate.decision == "waiting"]
    last = next(event for event in reversed(log.events) if event.type != "message.sent")
    if last.type == "run.interrupted":
        return f"it was interrupted by {last.data['signal']} and can be resumed"
    if waiting:
        return f"the gate {waiting[-1]} waits for a person"
    if open_steps:
        return f"the step {open_steps[-1]} began, and its end is not in the journal"
    return f"the journal ends at {last.at} with {last.type}"


def interruptions(log: Log) -> tuple[Interruption, ...]:
    """Give every stop and every start again."""
    return tuple(
        Interruption(
            at=event.at,
            kind="interrupted" if event.type == "run.interrupted" else "resumed",
            **{name: event.data.get(name, "") for name in ("signal", "open", "by", "host", "reason")},
        )
        for event in log.all("run.interrupted", "run.resumed")
    )
