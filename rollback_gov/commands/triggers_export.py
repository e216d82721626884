"""A plan's triggers as Prometheus alert rules."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from rollback_gov.commands.target import Target
from rollback_gov.commands.triggers_look import with_triggers
from rollback_gov.commands.watch_sources import baseline_numbers
from rollback_gov.commands.workspace import Workspace
from rollback_gov.plans.load import load_plan
from rollback_gov.triggers.exchange.rules_file import Exported, export


def export_plan(path: Path, environment: str, region: str = "") -> Exported:
    """Export a plan's triggers; with an environment, the numbers of its baseline are written into the rules.

    Raises Refused for what is no plan, UsageError for one without triggers and for an unknown environment.
    """
    loaded = load_plan(path)
    plan = with_triggers(loaded.require())
    baseline: dict[str, Decimal] = {}
    if environment:
        workspace = Workspace.around(path)
        workspace.environment(environment)
        target = Target(loaded=loaded, workspace=workspace, environment=environment, region=region)
        baseline = baseline_numbers(plan, target.baseline_folder)
    return export(plan, baseline)
