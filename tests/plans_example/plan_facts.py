"""What can be said of an example without running it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from rollback_gov.model.action import Http
from rollback_gov.model.environment import Environments
from rollback_gov.model.expect import Query
from rollback_gov.model.plan import Plan
from rollback_gov.model.step import Alternative, Step
from rollback_gov.model.walk import walk
from rollback_gov.plans.load import load_record

WITHOUT_SETTINGS = {"manual", "exec", "http", "health", "openmetrics"}
"""Sources whose queries say themselves where they go."""


def seconds_of(plan: Plan) -> float:
    """Give the sum of the budgets that count against the SLA."""
    phases = sum(phase.budget.seconds for phase in plan.phases if phase.budget)
    return phases + plan.capture.budget.seconds + verification_seconds(plan)


def verification_seconds(plan: Plan) -> float:
    """Give the budget of the verification."""
    assert plan.verification.budget is not None
    return plan.verification.budget.seconds


def scenario_seconds(plan: Plan, name: str) -> float:
    """Give the sum of the budgets of a scenario, with the captures."""
    scenario = plan.scenario(name)
    assert scenario is not None
    budgets = {phase.id: phase.budget.seconds for phase in plan.phases if phase.budget}
    budgets["verification"] = verification_seconds(plan)
    return plan.capture.budget.seconds + sum(budgets[selection.id] for selection in scenario.phases)


def longest(step: Step) -> float:
    """Give the longest that a step may take, in seconds."""
    if step.wait is not None:
        return step.wait.seconds
    if step.until is not None:
        return step.until.within.seconds
    return step.timeout.seconds if step.timeout else 0.0


def longest_way(way: Alternative) -> float:
    """Give the longest that an alternative may take, in seconds."""
    return sum(longest(step) for step in way.steps)


def scripts_that_do_not_fail(folder: Path) -> list[str]:
    """Name the shell scripts of an example that cannot be run, or would go on after an error."""
    wrong = []
    for path in sorted(folder.glob("scripts/*.sh")):
        lines = path.read_text(encoding="utf-8").splitlines()
        if not os.access(path, os.X_OK) or lines[0] != "#!/usr/bin/env bash" or "set -euo pipefail" not in lines[:6]:
            wrong.append(path.name)
    return wrong


def unused_files(folder: Path, plan: Plan) -> set[str]:
    """Name the files under scripts/ that the plan does not name under ``uses``."""
    return {str(path.relative_to(folder)) for path in folder.glob("scripts/*")} - set(plan.uses)


def missing_settings(folder: Path, plan: Plan) -> set[str]:
    """Name what the plan wants of its environments and one of them does not say."""
    environments = load_record(folder / ".rollback-gov" / "environments.yaml", "environments-v1", Environments)
    lacking = set(plan.communication.channels) - set(environments.channels or {})
    wanted_parameters = {
        name for name, given in (plan.parameters or {}).items() if given.default is None and not given.secret
    }
    for name, environment in environments.environments.items():
        lacking |= {f"{name}: {found}" for found in wanted_parameters - set(environment.parameters or {})}
        lacking |= {f"{name}: {found}" for found in _endpoints(plan) - set(environment.endpoints or {})}
        lacking |= {f"{name}: {found}" for found in _sources(plan) - set(environment.sources or {})}
    return lacking


def _endpoints(plan: Plan) -> set[str]:
    return {item.endpoint for _, item in walk(plan) if isinstance(item, Http | Query) and item.endpoint}


def _sources(plan: Plan) -> set[str]:
    return {query.source for query in queries(plan)} - WITHOUT_SETTINGS


def queries(plan: Plan) -> Iterator[Query]:
    """Give every query of a plan."""
    for _, item in walk(plan):
        if isinstance(item, Query):
            yield item
