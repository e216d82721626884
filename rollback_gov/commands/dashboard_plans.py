"""How the plans of a repository stand today, for the dashboard: their rehearsals, and what is waived."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from rollback_gov.commands.evidence import Overview
from rollback_gov.commands.plan_records import PlanRecords, StoredPlan
from rollback_gov.commands.waivers import load_waivers
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.duration import Duration
from rollback_gov.policy.custom import all_rules
from rollback_gov.policy.levels import requirements
from rollback_gov.policy.waivers import standing
from rollback_gov.reports.dashboard.open_work import OpenWaiver
from rollback_gov.reports.dashboard.readiness import PlanState, Readiness

ASKED_FROM = 2
"""The level from which on a plan has to be rehearsed."""


def plan_states(read: PlanRecords, workspace: Workspace) -> tuple[PlanState, ...]:
    """Say of every plan how its rehearsals stand. One that cannot be read is one of them."""
    lost = (_unreadable(_name(item.file, workspace), item.reason) for item in read.unreadable)
    return (*(_rehearsed(_name(item.file, workspace), item) for item in read.found), *lost)


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
            message=found.message,
        )


def _name(file: Path, workspace: Workspace) -> str:
    return file.relative_to(workspace.root).as_posix() if file.is_relative_to(workspace.root) else file.name


def _unreadable(name: str, reason: str) -> PlanState:
    return PlanState(
        file=name, operation="", title="", level=0, owner="", services=(), state="unreadable", missing=(reason,)
    )


def _rehearsed(name: str, stored: StoredPlan) -> PlanState:
    plan, seen = stored.plan, stored.rehearsals
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
