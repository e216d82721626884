"""What happened in a run: a pure fold over its journal, also of one that still runs or was cut off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rollback_gov.model.errors import UsageError
from rollback_gov.model.event import Event
from rollback_gov.reports.fact import UNKNOWN, Fact, derived, entered, measured, seconds

JOURNAL = "journal"
_SEVERITIES = {4: "critical", 3: "high", 2: "medium", 1: "low"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseFact:
    """A phase as it went. Seconds are None while it has not ended."""

    path: str
    title: str
    alternative: str
    result: str
    seconds: float | None
    budget_seconds: float
    gate_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Everything that a report says about a run."""

    run: str
    operation: str
    title: str
    environment: str
    mode: str
    level: int
    owner: str
    services: tuple[str, ...]
    outcome: str
    """``passed``, ``failed``, ``aborted``, or ``not ended``."""
    detail: str
    severity: Fact
    from_versions: Mapping[str, str]
    to_versions: Mapping[str, str]
    forward_fix: bool
    reason: Mapping[str, str]
    trigger_type: str
    impact: Fact
    detected: Fact
    detection_seconds: Fact
    decided: Fact
    first_command: Fact
    verified: Fact
    finished: Fact
    duration: Fact
    sla: Fact
    target: Fact
    sla_met: Fact
    buffer: Fact
    gate_time: Fact
    attempts: int
    manual: tuple[str, ...]
    permit: Mapping[str, Any]
    phases: tuple[PhaseFact, ...]
    steps: tuple[Mapping[str, Any], ...]
    checks: tuple[Mapping[str, Any], ...]
    captures: tuple[Mapping[str, Any], ...]
    overrides: tuple[Mapping[str, Any], ...]
    gates: tuple[Mapping[str, Any], ...]
    breaches: tuple[Mapping[str, Any], ...]
    escalations: tuple[Mapping[str, Any], ...]
    messages: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]
    problems: tuple[str, ...]
    contacts: tuple[Mapping[str, Any], ...]
    manual_checks: tuple[str, ...]
    evidence_kept: Fact


def incident(events: Sequence[Event]) -> Incident:
    """Fold a journal. Raises UsageError for one that never started a run."""
    return _Fold(events).incident()


class _Fold:
    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events
        self.started = self.last("run.started")
        if not self.started:
            raise UsageError("The journal holds no run: it never started.")
        self.finished = self.last("run.finished")
        self.reason: Mapping[str, str] = self.started["reason"]

    def all(self, type_: str) -> Iterator[Mapping[str, Any]]:
        return (event.data for event in self.events if event.type == type_)

    def last(self, type_: str) -> Mapping[str, Any]:
        return next((event.data for event in reversed(self.events) if event.type == type_), {})

    def time(self, type_: str) -> Fact:
        """When an event of a type first happened."""
        at = next((event.at for event in self.events if event.type == type_), "")
        return measured(at, f"{JOURNAL}: {type_}") if at else UNKNOWN

    def incident(self) -> Incident:
        started, finished = self.started, self.finished
        duration = self._duration()
        return Incident(
            run=started["run"],
            operation=started["operation"],
            title=started["title"],
            environment=started["environment"],
            mode=started["mode"],
            level=started["level"],
            owner=started["owner"],
            services=tuple(started["services"]),
            outcome=finished.get("result", "not ended"),
            detail=finished.get("detail", "the run has not ended; this report shows what is known so far"),
            severity=derived(_SEVERITIES[started["level"]], f"certification level {started['level']}"),
            from_versions=started["from_versions"],
            to_versions=started["to_versions"],
            forward_fix=bool(finished.get("forward_fix")),
            reason=self.reason,
            trigger_type="automatic" if self.reason["trigger"] else "manual",
            impact=entered(self.reason["impact"], "said at the decision"),
            detected=measured(self.reason["first_breach"], "decision log") if self.reason["first_breach"] else UNKNOWN,
            detection_seconds=self._detection(),
            decided=measured(started["decided_at"], f"{JOURNAL}: run.started"),
            first_command=self.time("step.intent"),
            verified=self.time("run.verified"),
            finished=self.time("run.finished"),
            duration=measured(seconds(duration), "decision to verified") if duration is not None else UNKNOWN,
            sla=measured(seconds(started["sla_seconds"]), "plan") if started["sla_seconds"] else UNKNOWN,
            target=measured(seconds(started["target_seconds"]), "level") if started["target_seconds"] else UNKNOWN,
            sla_met=self._sla_met(),
            buffer=self._buffer(duration),
            gate_time=measured(seconds(finished["gate_seconds"]), JOURNAL) if finished else UNKNOWN,
            attempts=1 + sum(1 for _ in self.all("run.resumed")),
            manual=tuple(self._by_hand()),
            permit=self.last("permit.checked"),
            phases=tuple(self._phases()),
            steps=tuple(self.all("step.finished")),
            checks=tuple(self.all("check.finished")),
            captures=tuple(self.all("capture.finished")),
            overrides=tuple(self.all("override")),
            gates=tuple(self.all("gate.decided")),
            breaches=tuple(self.all("sla.breached")),
            escalations=tuple(self.all("escalated")),
            messages=tuple(self.all("message.sent")),
            warnings=tuple(data["message"] for data in self.all("warning")),
            problems=tuple(finished.get("problems", ())),
            contacts=tuple(started["contacts"]),
            manual_checks=tuple(started["manual_checks"]),
            evidence_kept=self._evidence_kept(),
        )

    def _duration(self) -> float | None:
        verified = self.last("run.verified")
        return float(verified["seconds"]) if verified else None

    def _detection(self) -> Fact:
        if not self.reason["first_breach"]:
            return UNKNOWN
        breach = datetime.fromisoformat(self.reason["first_breach"])
        decided = datetime.fromisoformat(self.started["decided_at"])
        return derived(seconds(max((decided - breach).total_seconds(), 0.0)), "first breach to decision")

    def _sla_met(self) -> Fact:
        if not self.finished or not self.started["sla_seconds"]:
            return UNKNOWN
        return derived("yes" if self.finished["sla_met"] else "no", "duration against the SLA")

    def _buffer(self, duration: float | None) -> Fact:
        if duration is None or not self.started["sla_seconds"]:
            return UNKNOWN
        left = self.started["sla_seconds"] - duration
        return derived(seconds(left) if left >= 0 else f"{seconds(-left)} over", "SLA less duration")

    def _by_hand(self) -> Iterator[str]:
        for data in self.all("step.finished"):
            if data["result"] == "by_hand":
                yield f"{data['step']}: {data['detail']}"
        for data in self.all("step.settled"):
            if data["how"] == "person":
                yield f"{data['step']}: {data['by']} said '{data['outcome'].replace('_', ' ')}'"
        for data in self.all("gate.decided"):
            yield f"{data['step']}: {data['decision']} by {data['by'] or 'nobody'}"

    def _phases(self) -> Iterator[PhaseFact]:
        ends = {(data["phase"], data["alternative"]): data for data in self.all("phase.finished")}
        begun = list(self.all("phase.started"))
        for number, data in enumerate(begun):
            end = ends.get((data["phase"], data["alternative"]), {})
            replaced = any(later["phase"] == data["phase"] for later in begun[number + 1 :])
            yield PhaseFact(
                path=data["phase"],
                title=data["title"],
                alternative=data["alternative"],
                result=end.get("result", "failed" if replaced else "not ended"),
                seconds=float(end["seconds"]) if end else None,
                budget_seconds=float(data["budget_seconds"]),
                gate_seconds=float(end.get("gate_seconds", 0)),
            )

    def _evidence_kept(self) -> Fact:
        captures = list(self.all("capture.finished"))
        if not captures:
            return UNKNOWN
        kept = sum(1 for data in captures if data["result"] == "kept")
        return derived(f"{kept} of {len(captures)} captures", JOURNAL)
