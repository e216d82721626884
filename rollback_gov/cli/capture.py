"""``rollback-gov capture``."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import click

from rollback_gov.cli.options import (
    as_option,
    environment_option,
    json_option,
    param_option,
    plan_argument,
    region_option,
)
from rollback_gov.cli.person import person
from rollback_gov.cli.terminal import open_terminal
from rollback_gov.model.exit_codes import ExitCode


@click.command("capture")
@plan_argument
@environment_option
@param_option
@region_option
@as_option
@json_option
def command(*, plan: Path, environment: str, params: dict[str, str], region: str, who: str, as_json: bool) -> int:
    """Keep PLAN's baseline, before the change: what a rollback will restore from and compare with.

    The files and their digests lie in baseline/ENVIRONMENT beside the plan. A rollback checks that they are intact.
    Exit code 1 when an entry that the plan requires could not be kept.
    """
    from rollback_gov.commands.capture import capture
    from rollback_gov.commands.target import Target
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.commands.world import World
    from rollback_gov.execution.stop import Stop, stop_on_signals
    from rollback_gov.plans.load import load_plan

    loaded = load_plan(plan)
    target = Target(
        loaded=loaded, workspace=Workspace.around(plan), environment=environment, given=params, region=region
    )
    with stop_on_signals(Stop()) as stop:
        console = open_terminal(ask=False, quiet=as_json)
        world = World(person=person(os.environ, who), environ=os.environ, console=console, stop=stop)
        folder, kept = capture(target, world)
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "entries": [asdict(item) for item in kept]}, indent=2))
    else:
        for item in kept:
            click.echo(f"  {item.id}: {item.result} {item.file} {item.sha256[:12]} {item.detail}".rstrip())
        click.echo(f"Baseline of {environment}: {folder}")
    required = {saved.id for saved in loaded.require().baseline if saved.required}
    lost = [item.id for item in kept if item.result != "kept" and item.id in required]
    return ExitCode.FINDINGS if lost else ExitCode.PASSED
