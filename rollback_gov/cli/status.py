"""``rollback-gov status``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rollback_gov.cli.options import incidents_option, json_option


@click.command("status")
@click.argument("run", default="latest")
@incidents_option
@json_option
def command(*, run: str, incidents: Path, as_json: bool) -> int:
    """Show how RUN stands (an id, a folder, or `latest`, which is the default).

    Its state is passed, failed or aborted, or running, interrupted or dead (its process is gone). The exit code is 0
    for every run that there is.
    """
    from rollback_gov.cli.results import lane_lines
    from rollback_gov.commands.status import status
    from rollback_gov.execution.regions.lanes import Lane
    from rollback_gov.execution.sla import human

    state = status(run, incidents)
    if as_json:
        click.echo(json.dumps(state, indent=2))
        return 0
    seconds = human(state["seconds"]) if state["seconds"] is not None else "not ended"
    limit = f" of {human(state['sla_seconds'])}" if state["sla_seconds"] else ""
    click.echo(f"{state['run']}: {state['state']} ({seconds}{limit})")
    lanes = [Lane(**lane) for lane in state["regions"]]
    for line in lane_lines(lanes):
        click.echo(line)
    for lane in lanes:
        for gate in lane.gates:
            click.echo(f"  waiting: rollback-gov approve {lane.run} {gate}")
    for path, result in state["phases"].items():
        click.echo(f"  {path}: {result}")
        for step, outcome in state["steps"].items():
            if step.startswith(f"{path}/"):
                click.echo(f"    {step.removeprefix(f'{path}/')}: {outcome}")
    for gate in state["gates"]:
        click.echo(f"  waiting: rollback-gov approve {state['run']} {gate}")
    for path in state["open"]:
        click.echo(f"  open: {path}")
    if state["state"] == "running":
        click.echo(f"  last event {state['last_event']}")
    elif state["seconds"] is None:
        click.echo(f"  last event {state['last_event']}; go on with: rollback-gov resume {state['run']}")
    return 0
