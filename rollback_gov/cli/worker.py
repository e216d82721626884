"""``rollback-gov worker``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from rollback_gov.cli.options import database_option, need_database
from rollback_gov.cli.terminal import open_terminal
from rollback_gov.model.exit_codes import ExitCode


@click.command("worker")
@click.option("--region", default="", metavar="NAME", help="The region for which this worker works.")
@database_option
@click.option(
    "--name",
    default="",
    metavar="NAME",
    help="Its own name, the same after every restart; default: HOST-REGION. Two workers never share one.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=None,
    help="The checkout with the plans; default: the repository around the current folder.",
)
@click.option("--set-up", is_flag=True, help="Make the tables in the database, once, and end.")
def command(*, region: str, database: str, name: str, root: Path | None, set_up: bool) -> int:
    """Roll back one region for `rollback-gov execute --distributed`, until asked to stop.

    A worker runs plans of its own checkout only, at exactly the version that was decided on, with the secrets of its
    own environment. Started again under its name after a crash it goes on where it stood; so does a peer of the region
    after some seconds. Let a supervisor start it again.

    Exit codes: 130 stopped, 1 the database was away for too long or somebody else goes on, 2 wrong usage.
    """
    from rollback_gov.commands.worker import WorkerOptions, work
    from rollback_gov.commands.worker import set_up as make_tables
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.commands.world import World
    from rollback_gov.execution.stop import Stop, stop_on_signals

    where = need_database(database)
    if set_up:
        make_tables(where)
        click.echo("The tables are there.")
        return ExitCode.PASSED
    if not region:
        raise click.UsageError("Name the region: --region NAME.")
    options = WorkerOptions(
        database=where,
        region=region,
        name=name or f"{os.uname().nodename}-{region}",
        root=root or Workspace.around(Path.cwd()).root,
    )
    code = ExitCode.INTERRUPTED
    with stop_on_signals(Stop()) as stop:
        world = World(person="", environ=os.environ, console=open_terminal(ask=False), stop=stop)
        try:
            work(options, world)
        except Exception as error:
            # The threads of a slice that nobody can end would keep this process; its journal is whole.
            click.echo(f"rollback-gov: {error}", err=True)
            click.echo(getattr(error, "hint", ""), err=True)
            code = ExitCode.USAGE if type(error).__name__ == "UsageError" else ExitCode.FINDINGS
        sys.stdout.flush()
        os._exit(code)
