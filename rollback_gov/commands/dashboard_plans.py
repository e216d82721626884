"""How the plans of a repository stand today, for the dashboard: their rehearsals, and what is waived."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from rollback_gov.commands.discovery import PATTERNS, discover, is_runbook
from rollback_gov.commands.evidence import EvidenceQuery, Overview, overview
from rollback_gov.commands.waivers import load_waivers
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.duration import Duration
from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import LoadedPlan, load_plan
from rollback_gov.policy.custom import all_rules
from rollback_gov.policy.levels import requirements
from rollback_gov.policy.waivers import State, standing
from rollback_gov.reports.dashboard.open_work import OpenWaiver
from rollback_gov.reports.dashboard.readiness import PlanState, Readiness

ASKED_FROM = 2
"""The level from which on a plan has to be rehearsed."""


def plan_states(workspace: Workspace, now: datetime) -> tuple[PlanState, ...]:
    """Judge every plan of a repository at its own level. A plan that cannot be read is one of them.

    Raises UsageError for a policy, or trusted keys, that are wrong.
    """
    patterns = workspace.policy.discovery or PATTERNS
    files = [path for path in discover(workspace.root, patterns) if not is_runbook(path)]
    return tuple(_state(path, workspace, now) for path in files)


def waivers_of(workspace: Workspace, plans: tuple[PlanState, ...], now: datetime) -> Iterator[OpenWaiver]:
    """Give the waivers as they stand on that day, each judged by the level of its plan."""
    longest = {plan.operation: requirements(max(plan.level, 1), workspace.policy).waiver_longest for plan in plans}
    known, rules = requirements(1, workspace.policy).waiver_longest, all_rules(workspace.policy)
    for written in load_waivers(workspace.files).waivers:
        waiver = written.waiver
        life: Duration = longest.get(waiver.operation, known)
        found = standing(waiver, today=now.date(), longest=life, rules=rules)
        yield OpenWaiver(
            rule=waiver.rule,
            operation=waiver.operation,
            owner=waiver.owner,
            expires=waiver.expires,
            reason=waiver.reason,
            counts=found.counts,
            message="" if found.state is State.ALIVE else found.message,
        )


def _state(path: Path, workspace: Workspace, now: datetime) -> PlanState:
    name = path.relative_to(workspace.root).as_posix()
    loaded = load_plan(path, name=name)
    if loaded.plan is None:
        said = loaded.findings[0].message if loaded.findings else ""
        return PlanState(
            file=name, operation="", title="", level=0, owner="", services=(), state="unreadable", missing=(said,)
        )
    return _rehearsed(name, loaded, loaded.plan, overview(EvidenceQuery(loaded=loaded, workspace=workspace, now=now)))


def _rehearsed(name: str, loaded: LoadedPlan, plan: Plan, seen: Overview) -> PlanState:
    latest = seen.rehearsals[0] if seen.rehearsals else None
    evidence = latest.stored.evidence if latest else None
    return PlanState(
        file=name,
        operation=plan.metadata.operation,
        title=plan.metadata.title,
        level=seen.level,
        owner=plan.metadata.owner,
        services=tuple(plan.change.services),
        state=_readiness(seen),
        latest=evidence.finished if evidence else "",
        fresh_until=latest.fresh_until if latest else "",
        seconds=evidence.seconds if evidence else 0.0,
        limit=evidence.sla_seconds if evidence else 0.0,
        missing=_missing(seen),
    )


def _readiness(seen: Overview) -> Readiness:
    if not seen.rehearsals:
        return "never rehearsed" if seen.level >= ASKED_FROM else "not asked for"
    if seen.is_enough:
        return "rehearsed"
    return (
        "too old" if all("RG403" in [flaw.code for flaw in entry.flaws] for entry in seen.rehearsals) else "not enough"
    )


def _missing(seen: Overview) -> tuple[str, ...]:
    """Why the latest does not count, and what those that do leave open."""
    flaws = [flaw.message for flaw in seen.rehearsals[0].flaws] if seen.rehearsals else []
    lost = [f"{Path(entry.file).name} cannot be read: {entry.reason}" for entry in seen.unreadable]
    gaps = [gap.message for gap in seen.gaps] if seen.rehearsals else []
    return tuple(dict.fromkeys((*flaws, *gaps, *lost)))
