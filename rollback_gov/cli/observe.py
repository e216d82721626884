"""``rollback-gov observe``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from rollback_gov.cli.options import as_option, environment_option, param_option, region_option


@click.command("observe")
@click.argument("operation")
@click.argument("signal")
@click.argument("number", type=click.IntRange(min=0), default=1)
@environment_option
@region_option
@param_option
@as_option
def command(
    *, operation: str, signal: str, number: int, environment: str, region: str, params: dict[str, str], who: str
) -> int:
    """Write down that people reported SIGNAL, NUMBER times (once unless said), for a watch of OPERATION.

    A trigger with a `manual` source counts what was reported under its signal. OPERATION is its id, or the file of its
    plan. Run it where the watch runs: it reads the report in the folder where it keeps its log.

    \b
    Example:
      rollback-gov observe op-12345 user_reports 3 --environment production --as ana
    """
    from rollback_gov.cli.person import person
    from rollback_gov.commands.operation_plan import find_plan
    from rollback_gov.commands.target import Target
    from rollback_gov.commands.watch_sources import write_report
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.commands.world import World
    from rollback_gov.plans.load import load_plan

    file = Path(operation)
    workspace = Workspace.around(file if file.is_file() else Path.cwd())
    workspace.environment(environment)
    loaded = load_plan(file) if file.is_file() else find_plan(workspace, operation)
    target = Target(loaded=loaded, workspace=workspace, environment=environment, given=params, region=region)
    path = write_report(target, World(person=person(os.environ, who), environ=os.environ), signal=signal, number=number)
    click.echo(f"{number} {signal} written to {path}")
    return 0
