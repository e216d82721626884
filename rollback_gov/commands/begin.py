"""The beginning of a run: what was chosen, what is about to run, and why, written down before anything happens."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rollback_gov import __version__
from rollback_gov.commands.gaps import note_gaps
from rollback_gov.commands.repository import checked_out
from rollback_gov.commands.target import Target
from rollback_gov.execution.answers import Answers
from rollback_gov.execution.clock import stamp
from rollback_gov.execution.contacts import contacts_of
from rollback_gov.execution.context import Context
from rollback_gov.execution.itinerary import Choices, plan_itinerary
from rollback_gov.execution.journal import Journal
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.model.plan import Plan
from rollback_gov.model.policy import Policy
from rollback_gov.model.reason import RollbackReason
from rollback_gov.model.record import Record
from rollback_gov.plans import parameters

if TYPE_CHECKING:
    from rollback_gov.policy.levels import LevelRequirements


_LOOK_SECONDS = 2.0
"""For one local command of git: a run does not wait for the audit log."""


class RunOptions(Record):
    """What a person chose: parts of the plan, answers given beforehand, and why there is a rollback at all."""

    choices: Choices = field(default_factory=Choices)
    answers: Answers = field(default_factory=Answers)
    reason: RollbackReason
    decided_at: str = ""
    """UTC; empty means now."""
    last_resort: str = ""
    """Why the last resort takes the place of the plan's phases; empty where it does not."""
    ladder: bool = False
    """After a failure, walk the rest of the escalation ladder."""
    doubts: Mapping[str, str] = field(default_factory=dict)
    """What the watch that began this has doubts about: check -> message. A person overrides each, or nothing begins."""
    asked: bool = False
    """The safety checks were put just now, by the watch; what they said is among the doubts."""


def begin(
    target: Target,
    options: RunOptions,
    context: Context,
    journal: Journal,
    *,
    mode: str,
    also: Mapping[str, Any] | None = None,
) -> None:
    """Write ``run.started`` (with ``also``) and the reason, and announce the rollback."""
    from rollback_gov.reports.reason import reason_document

    plan = context.plan
    started = {
        **_identity(target, context, mode),
        **_limits(target, options.choices, plan),
        **_what_runs(target, options.choices, context),
        **_who(target, options, context),
        **(also or {}),
    }
    journal.append("run.started", started)
    note_gaps(target, options.answers.overrides, journal, context.person)
    for problem in target.workspace.passed_over:
        journal.append("warning", {"message": f"passed over: {problem}"})
        context.console.say(f"  WARNING: passed over: {problem}")
    text = reason_document(RollbackReason(**context.masker.data(asdict(options.reason))))
    with suppress(OSError):  # on a full disk; the reason is in the journal too
        (context.folder / "rollback_reason.md").write_text(text, encoding="utf-8")
    where = f"{target.environment}, {target.region}" if target.region else target.environment
    context.console.say(f"Rollback of {plan.metadata.operation} ({plan.metadata.title}) in {where}")
    context.console.say(f"  run {context.run}, reason: {options.reason.text}")
    context.notify("started", {"reason": context.masker.text(options.reason.text)})


def _identity(target: Target, context: Context, mode: str) -> dict[str, Any]:
    plan = context.plan
    return {
        "run": context.run,
        "operation": plan.metadata.operation,
        "title": plan.metadata.title,
        "mode": mode,
        "environment": target.environment,
        "region": target.region,
        "environment_class": context.environment.class_ if context.environment else "",
        "plan_file": str(target.loaded.path.resolve()),
        "level": plan.metadata.level,
        "services": list(plan.change.services),
        "owner": plan.metadata.owner,
        "contacts": [asdict(contact) for contact in contacts_of(plan, context.environment)],
        "manual_checks": list(plan.verification.manual),
        "from_versions": dict(plan.change.from_ or {}),
        "to_versions": dict(plan.change.to or {}),
    }


def _limits(target: Target, choices: Choices, plan: Plan) -> dict[str, Any]:
    level = _level(target, plan)
    verification = plan.verification.budget
    return {
        "sla_seconds": sla_of(target, choices, plan),
        "target_seconds": level.target.seconds,
        "verification_seconds": verification.seconds if verification else 0.0,
        "breach": level.breach,
    }


def sla_of(target: Target, choices: Choices, plan: Plan) -> float:
    """Give the SLA of the scenario, else of the plan, else of its level, in seconds; at level 4 that of one region."""
    scenario = plan.scenario(choices.scenario) if choices.scenario else None
    return ((scenario.sla if scenario else None) or plan.sla or _level(target, plan).sla).seconds


def _level(target: Target, plan: Plan) -> LevelRequirements:
    """What the organisation's policy says of the level. A policy that cannot be read never stops a rollback."""
    from rollback_gov.policy.levels import policy_for, requirements

    try:
        policy = policy_for(target.workspace.policy, plan.change.services, target.environment)
        return requirements(plan.metadata.level, policy)
    except RollbackGovError:
        return requirements(plan.metadata.level, Policy())


def _what_runs(target: Target, choices: Choices, context: Context) -> dict[str, Any]:
    from rollback_gov.records.digests import digests

    return {
        "digests": asdict(digests(context.plan, target.loaded.files)),
        "parameters": parameters.shown(context.plan, context.parameters),
        "varying": parameters.varying(context.plan),
        "scenario": choices.scenario,
        "options": dict(choices.options),
        "from": choices.start_at,
        "skipped": dict(choices.skip),
        "phases": [leg.record for leg in plan_itinerary(context.plan, choices).legs],
    }


def _who(target: Target, options: RunOptions, context: Context) -> dict[str, Any]:
    return {
        "reason": asdict(options.reason),
        "decided_at": options.decided_at or stamp(context.clock.now()),
        "started_by": context.person,
        "host": os.uname().nodename,
        "pid": os.getpid(),
        "boot": context.clock.boot,
        "tool_version": __version__,
        "git_commit": _git_commit(target.workspace.root, context.environ),
        "audit": audit_head(target.workspace.root, context.environ),
    }


def audit_head(root: Path, environ: Mapping[str, str]) -> str:
    """Give the head of the audit log, as it was seen here last; empty where there is no log."""
    from rollback_gov.commands.audit import Trail

    head = Trail(root=root, environ=environ, seconds=_LOOK_SECONDS).seen()
    return str(head) if head.size else ""


def _git_commit(root: Path, environ: Mapping[str, str]) -> str:
    """Give the commit that is checked out; empty where there is none. git is run only where its files do not tell."""
    commit = checked_out(root)
    if commit is not None:
        return commit
    from rollback_gov.git import Git, GitError

    with suppress(GitError):
        return Git(root, environ, seconds=_LOOK_SECONDS).ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return ""
