"""The metrics of a repository: what is read for them, and where they go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from rollback_gov.commands.audit import Trail
from rollback_gov.commands.deployments import PRODUCTION, known_of, read_deployments
from rollback_gov.commands.plan_records import StoredPlan, read_plans
from rollback_gov.commands.run_records import RunRecords, accepted_actions, read_runs
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import RollbackGovError, UsageError
from rollback_gov.model.record import Record
from rollback_gov.records.break_glass import read_break_glasses
from rollback_gov.records.replace import replace_file
from rollback_gov.records.times import moment
from rollback_gov.records.trust import Keyring
from rollback_gov.reports.metrics.material import Material, PlanFacts
from rollback_gov.reports.run_facts import AcceptedAction
from rollback_gov.resources import resource

_TOO_OLD = "RG403"
"""The rule that a rehearsal breaks which is too old and nothing else."""


class Reading(Record):
    """Everything that was read, and what could not be, in sentences."""

    material: Material
    problems: tuple[str, ...]


def read_repository(
    workspace: Workspace, incidents: Path, *, now: datetime, window: timedelta, environ: Mapping[str, str]
) -> Reading:
    """Read what the metrics are computed from, offline. What cannot be read is said, and the rest counts.

    Raises what the repository's own settings raise.
    """
    runs, plans = read_runs(incidents), read_plans(workspace, now)
    glasses = read_break_glasses(workspace.root, Keyring(workspace.trust))
    actions, unread = _actions(runs)
    trail = Trail(root=workspace.root, environ=environ)
    made = read_deployments(plans.found, glasses.found, trail, known_of(workspace, runs, plans))
    problems = {
        "run": [f"{run.folder}: {run.reason}" for run in runs.unreadable],
        "report": unread,
        "plan": [f"{plan.file}: {plan.reason}" for plan in plans.unreadable],
        "evidence": [f"{item.file}: {item.reason}" for plan in plans.found for item in plan.rehearsals.unreadable],
        "break-glass": [f"{item.file}: {item.reason}" for item in glasses.unreadable],
        "deployment": list(made.problems),
    }
    material = Material(
        now=now,
        window=window,
        environments=tuple(name for name in workspace.environments.environments if _is_production(workspace, name)),
        runs=runs.found,
        actions=actions,
        plans=tuple(map(_plan_facts, plans.found)),
        break_glasses=glasses.found,
        deployments=made.found,
        unreadable={kind: len(found) for kind, found in problems.items()},
    )
    return Reading(material=material, problems=tuple(text for found in problems.values() for text in found))


def _actions(runs: RunRecords) -> tuple[tuple[AcceptedAction, ...], list[str]]:
    found, unread = list[AcceptedAction](), list[str]()
    for run in runs.found:
        try:
            found += accepted_actions(run)
        except RollbackGovError as error:
            unread.append(str(error))
    return tuple(found), unread


def _is_production(workspace: Workspace, name: str) -> bool:
    return workspace.environments.environments[name].class_ == PRODUCTION


def _plan_facts(plan: StoredPlan) -> PlanFacts:
    whole = [
        item
        for item in plan.rehearsals.rehearsals
        if not item.stored.evidence.scenario
        and not item.stored.evidence.forward_fix
        and {flaw.code for flaw in item.flaws} <= {_TOO_OLD}
    ]
    newest = max(whole, key=lambda item: item.stored.evidence.finished, default=None)
    return PlanFacts(
        operation=plan.plan.metadata.operation,
        services=plan.plan.change.services,
        level=plan.rehearsals.level,
        rehearsed=len(plan.rehearsals.rehearsals),
        is_enough=plan.rehearsals.is_enough,
        latest=moment(newest.stored.evidence.finished) if newest else None,
        fresh_until=moment(newest.fresh_until) if newest else None,
    )


def dashboard() -> str:
    """Give the Grafana dashboard that shows these metrics, as JSON to import."""
    return resource("deploy", "grafana", "rollback-gov.json").read_text(encoding="utf-8")


def write(path: Path, text: str) -> None:
    """Write a file, whole or not at all: a collector never reads half of it. Raises UsageError where that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode())
    except OSError as error:
        raise UsageError(
            f"Cannot write {path}: {error.strerror}.", hint="See that the folder is there and may be written."
        ) from error
