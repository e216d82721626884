"""``validate``: plans against the rules of their level. It runs nothing and needs no network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from rollback_gov.commands.discovery import PATTERNS, discover, resolve
from rollback_gov.model.finding import Severity
from rollback_gov.model.plan import Plan
from rollback_gov.model.policy import Policy
from rollback_gov.model.record import Record
from rollback_gov.model.trust import Trust
from rollback_gov.outputs.result import CheckedPlan, Summary, Tally, by_line
from rollback_gov.plans.load import LoadedPlan, load_plan
from rollback_gov.policy.check import Report, check
from rollback_gov.policy.levels import floor, requirements
from rollback_gov.policy.subject import Subject

EVIDENCE = "evidence"
"""The folder beside a plan in which its rehearsals lie."""


class Demands(Record):
    """By what plans are judged. ``trust`` is asked for when there is evidence; ``level`` raises the plans' own."""

    policy: Policy
    trust: Callable[[], Trust]
    now: datetime
    purpose: Literal["validate", "permit"] = "validate"
    level: int = 0
    environment: str = ""
    parameters: Mapping[str, str] | None = None


def validate(
    paths: Sequence[Path],
    demands: Demands,
    each: Callable[[CheckedPlan], None],
    *,
    root: Path,
    working_directory: Path,
    fail_on: Severity = Severity.ERROR,
) -> Summary:
    """Check the named plans, or all that the policy's patterns find under ``root``; each is given on and forgotten.

    Raises UsageError for a path that does not exist and for a policy that loosens a level, RuleCrashed for a defect.
    """
    requirements(1, demands.policy)
    searched = () if paths else (demands.policy.discovery or PATTERNS)
    found = resolve(paths) if paths else discover(root, searched)
    tally = Tally(fail_on=fail_on, today=demands.now.date())
    for path in found:
        plan = check_plan(path, _name(path, working_directory), demands)
        tally.add_plan(plan)
        each(plan)
    return tally.summary(searched=tuple(searched))


def check_plan(path: Path, name: str, demands: Demands) -> CheckedPlan:
    """Check one file, which messages call ``name``."""
    loaded = load_plan(path, name=name)
    report = (
        judge(loaded, loaded.plan, demands) if loaded.plan else Report(findings=loaded.findings, required=0, achieved=0)
    )
    return CheckedPlan(
        file=loaded.source.name,
        findings=report.findings,
        lines=by_line(report.findings, loaded.source.lines),
        operation=loaded.plan.metadata.operation if loaded.plan else "",
        required=report.required,
        achieved=report.achieved,
        between=report.between,
    )


def judge(loaded: LoadedPlan, plan: Plan, demands: Demands) -> Report:
    """Ask all rules about one plan, with the evidence that lies beside it."""
    return check(subject_of(loaded, plan, demands))


def subject_of(loaded: LoadedPlan, plan: Plan, demands: Demands) -> Subject:
    """Put together what the rules look at.

    The required level is the highest of the plan's own, the policy's floors, and the one demanded.
    """
    least, _ = floor(plan.change.services, demands.policy, environment=demands.environment)
    level = max(plan.metadata.level, least, demands.level)
    subject = Subject(
        loaded=loaded,
        plan=plan,
        policy=demands.policy,
        requirements=requirements(level, demands.policy),
        now=demands.now,
        purpose=demands.purpose,
        environment=demands.environment,
        parameters=demands.parameters,
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


def _name(path: Path, working_directory: Path) -> str:
    """Name a file as GitHub and people expect it: relative to where they stand, with forward slashes."""
    absolute = path if path.is_absolute() else working_directory / path
    inside = absolute.is_relative_to(working_directory)
    return (absolute.relative_to(working_directory) if inside else path).as_posix()
