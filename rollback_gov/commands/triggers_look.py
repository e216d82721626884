"""The triggers of a plan, without an environment: what decides beside readings and the baseline."""

from __future__ import annotations

from pathlib import Path

from rollback_gov.model.duration import Duration
from rollback_gov.model.errors import UsageError
from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import load_plan
from rollback_gov.triggers.tick import Rules


def rules_in(path: Path, *, every: Duration | None = None) -> Rules:
    """Load a plan and give its rules. Raises Refused for what is no plan, UsageError for one without triggers."""
    return Rules.of(with_triggers(load_plan(path).require()), every=every)


def with_triggers(plan: Plan) -> Plan:
    """Give the plan back, or raise UsageError where it has no triggers."""
    if not plan.triggers:
        raise UsageError(
            f"The plan of {plan.metadata.operation} has no triggers: there is nothing to watch.",
            hint="Add `triggers` to the plan, or roll back with `rollback-gov execute`.",
        )
    return plan
