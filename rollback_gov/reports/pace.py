"""A run against time: when things happened, and how that compares with the SLA."""

from __future__ import annotations

from dataclasses import dataclass

from rollback_gov.execution.named_questions import TAKE_OVER
from rollback_gov.reports.approval import approved, first_command
from rollback_gov.reports.fact import Derived, Entered, Fact, Measured, NotMeasured, Seconds, derive
from rollback_gov.reports.log import NOT_ENDED, Log, between
from rollback_gov.reports.people import gates


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The moments that a report tells apart, in UTC."""

    detected: Fact[str]
    decided: Fact[str]
    approved: Fact[str]
    first_command: Fact[str]
    traffic_safe: Fact[str]
    verified: Fact[str]
    finished: Fact[str]
    stabilised: Fact[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sla:
    """The clock runs from the decision until the rollback is verified; ``gate_time`` is how much of it was waiting."""

    duration: Fact[Seconds]
    limit: Fact[Seconds]
    target: Fact[Seconds]
    met: Fact[bool]
    target_met: Fact[bool]
    buffer: Fact[Seconds]
    gate_time: Fact[Seconds]
    recovery: Fact[Seconds]
    """From the first breach until verified: what users had to bear."""


def times(log: Log, detected: Fact[str], stabilised: Fact[str]) -> Times:
    """Read the moments from the journal. ``detected`` (the first breach) and ``stabilised`` it does not see."""
    decided = log.started.get("decided_at", "")
    unended = NOT_ENDED if not log.finished else "it never came to that"
    return Times(
        detected=detected,
        decided=Measured(decided, "journal, run.started") if decided else NotMeasured("nobody said"),
        approved=approved(log),
        first_command=first_command(log),
        traffic_safe=NotMeasured("no event says when customers were safe"),
        verified=_verified(log, unended),
        finished=log.time("run.finished", NOT_ENDED),
        stabilised=stabilised,
    )


def _verified(log: Log, otherwise: str) -> Fact[str]:
    """When the rollback was verified; of several regions, when the last one was."""
    if log.is_regional and log.finished.get("result") == "passed":
        return Derived(next(event.at for event in log.all("run.finished")), "every region is verified")
    return log.time("run.verified", otherwise)


def sla(log: Log, moments: Times) -> Sla:
    """Compare the run with its SLA and its target."""
    duration, verified = _duration(log), bool(log.last("run.verified"))
    limit, target = _limit(log, "sla_seconds"), _limit(log, "target_seconds")
    end = next((event.at for event in log.all("run.verified")), "")
    asked = [gate for gate in gates(log) if gate.step != TAKE_OVER and not (end and gate.at > end)]
    waited = sum(gate.waited.value.number for gate in asked if not isinstance(gate.waited, NotMeasured))
    return Sla(
        duration=duration,
        limit=limit,
        target=target,
        met=_kept(duration, limit, log, verified=verified),
        target_met=_kept(duration, target, log, verified=verified),
        buffer=_buffer(log, limit),
        gate_time=Derived(Seconds(round(waited, 3)), "the gates that were decided"),
        recovery=_recovery(moments),
    )


def _recovery(moments: Times) -> Fact[Seconds]:
    if isinstance(moments.detected, NotMeasured):
        return moments.detected
    if isinstance(moments.verified, NotMeasured):
        return moments.verified
    took = between(moments.detected.value, moments.verified.value)
    return took if isinstance(took, NotMeasured) else Derived(took, "from the first breach until verified")


def _duration(log: Log) -> Fact[Seconds]:
    verified, finished = log.last("run.verified"), log.finished
    if verified:
        return Measured(Seconds(verified["seconds"]), "from the decision until verified")
    if finished:
        what = "all regions together" if log.is_regional else "it was never verified"
        return Measured(Seconds(finished["seconds"]), f"from the decision to the end; {what}")
    return NotMeasured(NOT_ENDED)


def _limit(log: Log, name: str) -> Fact[Seconds]:
    seconds = log.started.get(name, 0)
    return Entered(Seconds(seconds), "plan or level") if seconds else NotMeasured("there is none")


def _kept(duration: Fact[Seconds], limit: Fact[Seconds], log: Log, *, verified: bool) -> Fact[bool]:
    """A run that ended without being verified has missed its limit; one that goes on has not met it yet."""
    if isinstance(duration, NotMeasured) or isinstance(limit, NotMeasured):
        return limit if isinstance(limit, NotMeasured) else NotMeasured(NOT_ENDED)
    passed = log.finished.get("result", "passed") == "passed"
    return Derived(verified and passed and duration.value <= limit.value, "duration against the limit")


def _buffer(log: Log, limit: Fact[Seconds]) -> Fact[Seconds]:
    verified = log.last("run.verified")
    if not verified:
        return NotMeasured("it was never verified" if log.finished else NOT_ENDED)
    return derive(
        limit, lambda whole: Seconds(round(whole.number - verified["seconds"], 3)), "the SLA less the duration"
    )
