"""``rollback-gov notify``."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import click

from rollback_gov.cli.options import json_option
from rollback_gov.model.exit_codes import ExitCode


@click.group("notify")
def command() -> None:
    """The channels on which people hear of a rollback."""


@command.command("test")
@click.argument("channels", nargs=-1, metavar="[CHANNEL]...")
@click.option("-e", "--environment", default="", help="Also the channels of this environment, in its way.")
@json_option
def test(*, channels: tuple[str, ...], environment: str, as_json: bool) -> int:
    """Send a message that says it is a test to every CHANNEL (default: all), and say what became of each.

    PagerDuty gets an incident that is resolved at once; in an environment that is not production a change event, which
    pages nobody, as in a rehearsal.

    The exit code is 0 when all were delivered, 1 when some were not, 2 for a channel that does not exist, 3 where there
    are no channels.

    \b
    rollback-gov notify test
    rollback-gov notify test slack-incident -e production --json
    """
    from rollback_gov.cli.person import person
    from rollback_gov.commands.try_channels import Trial, choose, try_channels
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.execution.clock import SystemClock, stamp

    workspace = Workspace.around(Path.cwd())
    chosen = choose(workspace, channels, environment)
    is_real = not environment or workspace.environment(environment).class_ == "production"
    trial = Trial(person=person(os.environ, ""), host=os.uname().nodename, at=stamp(SystemClock().now()))
    mode = "execute" if is_real else "rehearse"
    tried = try_channels(chosen, trial, os.environ, mode=mode, environment=environment)
    good = all(one.delivered for one in tried) and not workspace.passed_over
    code = ExitCode.NOTHING_TO_CHECK if not chosen and good else ExitCode.PASSED if good else ExitCode.FINDINGS
    if as_json:
        document = {"result": code.word, "channels": [asdict(one) for one in tried]}
        click.echo(json.dumps({**document, "passed_over": workspace.passed_over}, indent=2))
        return code
    for problem in workspace.passed_over:
        click.echo(f"passed over: {problem}", err=True)
    width = max((len(f"{one.channel} ({one.kind})") for one in tried), default=0)
    for one in tried:
        result = "delivered" if one.delivered else f"NOT DELIVERED: {one.detail}"
        click.echo(f"{f'{one.channel} ({one.kind})'.ljust(width)}  {result}")
        if one.hint:
            click.echo(f"  {one.hint}")
    if not chosen:
        click.echo("There are no channels in .rollback-gov/environments.yaml. See docs/messages.md for how to add one.")
    return code
