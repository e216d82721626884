"""One plan against all rules, with what lies beside it. It runs nothing and needs no network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from rollback_gov.model.plan import Plan
from rollback_gov.model.policy import Policy
from rollback_gov.model.record import Record
from rollback_gov.outputs.result import CheckedPlan, by_line
from rollback_gov.plans.files import EVIDENCE
from rollback_gov.plans.load import LoadedPlan
from rollback_gov.policy.check import Report, check
from rollback_gov.policy.levels import floor, policy_for, requirements
from rollback_gov.policy.subject import Subject

if TYPE_CHECKING:
    from rollback_gov.model.trust import Trust
    from rollback_gov.model.waiver import Waiver


class Demands(Record):
    """By what plans are judged. ``trust`` is asked for when there is evidence; ``level`` raises the plans' own."""

    policy: Policy
    trust: Callable[[], Trust]
    now: datetime
    purpose: Literal["validate", "permit"] = "validate"
    level: int = 0
    environment: str = ""
    parameters: Mapping[str, str] | None = None
    waivers: tuple[Waiver, ...] = ()

    @cached_property
    def by_operation(self) -> Mapping[str, tuple[Waiver, ...]]:
        """The waivers by their operation: a repository of many plans has many of them."""
        if not self.waivers:
            return {}
        from rollback_gov.policy.waivers import grouped

        return grouped(self.waivers, lambda waiver: waiver.operation)


def check_plan(loaded: LoadedPlan, demands: Demands) -> CheckedPlan:
    """Check one plan; its text is forgotten but for the lines at which something was found."""
    report, longest = Report(findings=loaded.findings, required=0, achieved=0), None
    if loaded.plan is not None:
        subject = subject_of(loaded, loaded.plan, demands)
        report, longest = check(subject), subject.requirements.waiver_longest
    return CheckedPlan(
        file=loaded.source.name,
        findings=report.findings,
        repeated=report.repeated,
        lines=by_line(report.findings, loaded.line),
        operation=loaded.plan.metadata.operation if loaded.plan else "",
        required=report.required,
        achieved=report.achieved,
        between=report.between,
        waiver_longest=longest,
    )


def judge(loaded: LoadedPlan, plan: Plan, demands: Demands) -> Report:
    """Ask all rules about one plan, with the evidence that lies beside it."""
    return check(subject_of(loaded, plan, demands))


def subject_of(loaded: LoadedPlan, plan: Plan, demands: Demands) -> Subject:
    """Put together what the rules look at.

    The required level is the highest of the plan's own, the policy's floors, and the one demanded.
    """
    services = plan.change.services
    policy = policy_for(demands.policy, services, demands.environment)
    least, _ = floor(services, policy, environment=demands.environment)
    level = max(plan.metadata.level, least, demands.level)
    subject = Subject(
        loaded=loaded,
        plan=plan,
        policy=policy,
        requirements=requirements(level, policy),
        now=demands.now,
        purpose=demands.purpose,
        environment=demands.environment,
        parameters=demands.parameters,
        waivers=demands.by_operation.get(plan.metadata.operation, ()),
    )
    return _with_evidence(subject, demands)


def _with_evidence(subject: Subject, demands: Demands) -> Subject:
    """Add the rehearsals beside the plan. Only plans that have any pay for signatures and canonical JSON."""
    loaded = subject.loaded
    if not (loaded.folder / EVIDENCE).is_dir():
        return subject
    from rollback_gov.records.digests import digests
    from rollback_gov.records.evidence import load_evidence, unreadable_evidence

    trust = demands.trust()
    unreadable = tuple((entry.file, entry.reason) for entry in unreadable_evidence(loaded.folder, trust))
    return replace(
        subject,
        evidence=load_evidence(loaded.folder, trust),
        unreadable=unreadable,
        digests=digests(subject.plan, loaded.files),
    )
