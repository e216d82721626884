"""What happened in a run: a pure fold over its journal, also of one that still runs, was interrupted or was cut off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from rollback_gov.model.errors import UsageError
from rollback_gov.model.event import Event
from rollback_gov.model.reason import RollbackReason
from rollback_gov.reports.check import CheckFact, checks, verification_passed
from rollback_gov.reports.fact import Derived, Fact, NotMeasured, entered
from rollback_gov.reports.failure import Failure, failures
from rollback_gov.reports.impact import Impact, impact
from rollback_gov.reports.kept import BaselineEntry, Captured, baseline, captures, completeness
from rollback_gov.reports.log import NOT_ENDED, Data, Log
from rollback_gov.reports.pace import Sla, Times, sla, times
from rollback_gov.reports.people import GateFact, Intervention, Override, gates, interventions, overrides
from rollback_gov.reports.permission import Permission, permission
from rollback_gov.reports.phases import PhaseFact, phases
from rollback_gov.reports.rehearsal import RehearsalFact, rehearsal
from rollback_gov.reports.standing import Interruption, Standing, interruptions, standing
from rollback_gov.reports.steps import StepFact, steps
from rollback_gov.reports.told import Breach, EscalationFact, MessageFact, breaches, escalations, messages
from rollback_gov.reports.trigger import TriggerFact, trigger, trigger_type

_SEVERITIES = {4: "critical", 3: "high", 2: "medium", 1: "low"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which run of which operation this is. ``executable`` is the digest of what ran."""

    run: str
    operation: str
    title: str
    owner: str
    level: int
    environment: str
    environment_class: str
    region: str
    mode: str
    scenario: str
    services: tuple[str, ...]
    plan_file: str
    executable: str
    git_commit: str
    tool_version: str
    started_by: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What the plan says of one component: what was deployed, and what a rollback returns to."""

    name: str
    deployed: Fact[str]
    restored: Fact[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A role and how to reach it."""

    role: str
    reach: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A part of the plan that a person left out."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How the rollback was done. ``attempts`` counts the ways that were tried: one, and one more for each fall-back."""

    forward_fix: Fact[bool]
    attempts: Fact[int]
    automated: Fact[bool]
    verification_passed: Fact[bool]
    within_budget: Fact[str]
    evidence_kept: Fact[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Everything that a report says about a run."""

    identity: Identity
    standing: Standing
    severity: Fact[str]
    versions: tuple[Version, ...]
    reason: RollbackReason
    """Word for word as the run began with it; ``trigger`` says how each part is known."""
    trigger_type: Literal["automatic", "manual"]
    trigger: TriggerFact
    times: Times
    sla: Sla
    permission: Permission
    execution: Execution
    impact: Impact
    rehearsal: RehearsalFact
    phases: tuple[PhaseFact, ...]
    steps: tuple[StepFact, ...]
    checks: tuple[CheckFact, ...]
    failures: tuple[Failure, ...]
    captures: tuple[Captured, ...]
    baseline: tuple[BaselineEntry, ...]
    gates: tuple[GateFact, ...]
    overrides: tuple[Override, ...]
    interventions: tuple[Intervention, ...]
    skipped: tuple[Skipped, ...]
    breaches: tuple[Breach, ...]
    escalations: tuple[EscalationFact, ...]
    messages: tuple[MessageFact, ...]
    interruptions: tuple[Interruption, ...]
    warnings: tuple[str, ...]
    contacts: tuple[Contact, ...]
    manual_checks: tuple[str, ...]


def incident(events: Sequence[Event]) -> Incident:
    """Fold a journal, or the part of it that there is. Raises UsageError for one that never started a run."""
    log = Log(events)
    started = log.started
    if not started:
        raise UsageError(
            "The journal holds no run: it never started.",
            hint="A rehearsal that could not deploy its change leaves such a journal; look at its last lines.",
        )
    attempts, ways, reason = steps(log), phases(log), trigger(log)
    return Incident(
        identity=_identity(started),
        standing=standing(log, attempts),
        severity=_severity(started["level"]),
        versions=_versions(started),
        reason=_reason(started),
        trigger_type=trigger_type(log),
        trigger=reason,
        times=times(log, reason.first_breach),
        sla=sla(log),
        permission=permission(log),
        execution=_execution(log, attempts, ways),
        impact=impact(log),
        rehearsal=rehearsal(log),
        phases=ways,
        steps=attempts,
        checks=checks(log),
        failures=failures(attempts, ways, log),
        captures=captures(log),
        baseline=baseline(log),
        gates=gates(log),
        overrides=overrides(log),
        interventions=interventions(log, attempts),
        skipped=_skipped(started),
        breaches=breaches(log),
        escalations=escalations(log),
        messages=messages(log),
        interruptions=interruptions(log),
        warnings=tuple(data["message"] for data in log.data("warning")),
        contacts=tuple(Contact(role=entry["role"], reach=entry["reach"]) for entry in started.get("contacts", ())),
        manual_checks=tuple(started.get("manual_checks", ())),
    )


def _identity(started: Data) -> Identity:
    names = (
        "run operation title owner environment environment_class region mode scenario plan_file git_commit tool_version"
    )
    texts = {name: started.get(name, "") for name in (*names.split(), "started_by", "host")}
    return Identity(
        level=started["level"],
        services=tuple(started.get("services", ())),
        executable=started.get("digests", {}).get("executable", ""),
        **texts,
    )


def _reason(started: Data) -> RollbackReason:
    said = started.get("reason", {})
    return RollbackReason(**{item.name: said.get(item.name, "") for item in fields(RollbackReason)})


def _severity(level: int) -> Fact[str]:
    word = _SEVERITIES.get(level)
    return Derived(word, f"certification level {level}") if word else NotMeasured(f"there is no level {level}")


def _versions(started: Data) -> tuple[Version, ...]:
    back: Mapping[str, str] = started.get("from_versions", {})
    there: Mapping[str, str] = started.get("to_versions", {})
    names = dict.fromkeys((*there, *back))
    return tuple(
        Version(name=name, deployed=entered(there.get(name, ""), "plan"), restored=entered(back.get(name, ""), "plan"))
        for name in names
    )


def _execution(log: Log, attempts: tuple[StepFact, ...], ways: tuple[PhaseFact, ...]) -> Execution:
    return Execution(
        forward_fix=_forward_fix(log),
        attempts=_attempts(log),
        automated=_automated(log, attempts),
        verification_passed=verification_passed(log),
        within_budget=_within_budget(ways),
        evidence_kept=completeness(captures(log)),
    )


def _forward_fix(log: Log) -> Fact[bool]:
    if log.finished:
        return Derived(bool(log.finished["forward_fix"]), "journal, run.finished")
    passed = permission(log).point_of_no_return
    if isinstance(passed, NotMeasured):
        return NotMeasured(NOT_ENDED)
    return Derived(passed.value == "yes", "the point of no return")


def _attempts(log: Log) -> Fact[int]:
    ways = [data["phase"] for data in log.data("phase.started")]
    return (
        Derived(1 + len(ways) - len(set(ways)), "alternatives that were begun")
        if ways
        else NotMeasured("no phase began")
    )


def _automated(log: Log, attempts: tuple[StepFact, ...]) -> Fact[bool]:
    if not log.finished:
        return NotMeasured(NOT_ENDED)
    return Derived(not interventions(log, attempts), "what people did by hand or decided")


def _within_budget(ways: tuple[PhaseFact, ...]) -> Fact[str]:
    judged = [way.within_budget for way in ways if not isinstance(way.within_budget, NotMeasured)]
    if not judged:
        return NotMeasured("no phase with a budget has ended")
    return Derived(f"{sum(1 for fact in judged if fact.value)} of {len(judged)}", "phases against their budgets")


def _skipped(started: Data) -> tuple[Skipped, ...]:
    steps_left = [Skipped(what=path, reason=reason) for path, reason in started.get("skipped", {}).items()]
    start_at = started.get("from", "")
    before = [Skipped(what=f"everything before the phase '{start_at}'", reason="")] if start_at else []
    return (*before, *steps_left)
