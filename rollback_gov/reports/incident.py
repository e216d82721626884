"""What happened in a run: a pure fold over its journal, also of one that still runs, was interrupted or was cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rollback_gov.model.errors import UsageError
from rollback_gov.model.event import Event
from rollback_gov.model.reason import RollbackReason
from rollback_gov.reports.after import WindowFact, after, stabilised
from rollback_gov.reports.check import CheckFact, checks
from rollback_gov.reports.execution import Execution, execution
from rollback_gov.reports.fact import Fact
from rollback_gov.reports.failure import Failure, failures
from rollback_gov.reports.identity import (
    Contact,
    Identity,
    Skipped,
    Version,
    contacts,
    identity,
    reason,
    severity,
    skipped,
    versions,
)
from rollback_gov.reports.impact import Impact, impact
from rollback_gov.reports.kept import BaselineEntry, Captured, baseline, captures
from rollback_gov.reports.ladder import Uncalled, uncalled
from rollback_gov.reports.log import Log
from rollback_gov.reports.pace import Sla, Times, sla, times
from rollback_gov.reports.people import GateFact, Intervention, Override, gates, interventions, overrides
from rollback_gov.reports.permission import Permission, permission
from rollback_gov.reports.phases import PhaseFact, phases
from rollback_gov.reports.regions import RegionFact, regions
from rollback_gov.reports.rehearsal import RehearsalFact, rehearsal
from rollback_gov.reports.standing import Interruption, Standing, interruptions, standing
from rollback_gov.reports.steps import StepFact, steps
from rollback_gov.reports.told import Breach, EscalationFact, MessageFact, breaches, escalations, messages, warnings
from rollback_gov.reports.trigger import TriggerFact, trigger, trigger_type
from rollback_gov.triggers.line import Line


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
    regions: tuple[RegionFact, ...]
    """Where one run rolled back several of them; each has a report of its own."""
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
    uncalled: tuple[Uncalled, ...]
    messages: tuple[MessageFact, ...]
    interruptions: tuple[Interruption, ...]
    warnings: tuple[str, ...]
    contacts: tuple[Contact, ...]
    manual_checks: tuple[str, ...]
    after: tuple[WindowFact, ...]
    """The windows of watching after the rollback; none where nobody watched."""


def incident(events: Sequence[Event], watched: Sequence[Line] = ()) -> Incident:
    """Fold a journal, or the part of it that there is, and the log of the windows after the rollback.

    Raises UsageError for a journal that never started a run.
    """
    log = _begun(events)
    attempts, ways, why, windows = steps(log), phases(log), trigger(log), after(watched)
    moments = times(log, why.first_breach, stabilised(windows))
    return Incident(
        identity=identity(log),
        standing=standing(log, attempts),
        severity=severity(log),
        versions=versions(log),
        reason=reason(log),
        trigger_type=trigger_type(log),
        trigger=why,
        times=moments,
        sla=sla(log, moments),
        permission=permission(log),
        execution=execution(log, attempts, ways),
        impact=impact(log),
        rehearsal=rehearsal(log),
        regions=regions(log),
        phases=ways,
        steps=attempts,
        checks=checks(log),
        failures=failures(attempts, ways, log),
        captures=captures(log),
        baseline=baseline(log),
        gates=gates(log),
        overrides=overrides(log),
        interventions=interventions(log, attempts),
        skipped=skipped(log),
        breaches=breaches(log),
        escalations=escalations(log),
        uncalled=uncalled(log),
        messages=messages(log),
        interruptions=interruptions(log),
        warnings=warnings(log),
        contacts=contacts(log),
        manual_checks=tuple(log.started.get("manual_checks", ())),
        after=windows,
    )


def _begun(events: Sequence[Event]) -> Log:
    log = Log(events)
    if not log.started:
        raise UsageError(
            "The journal holds no run: it never started.",
            hint="A rehearsal that could not deploy its change leaves such a journal; look at its last lines.",
        )
    return log
