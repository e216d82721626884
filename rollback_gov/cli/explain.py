"""``rollback-gov explain``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("explain")
@click.argument("code", required=False)
@click.option("--list", "everything", is_flag=True, help="List all rules, one line each.")
def command(code: str | None, everything: bool) -> None:
    """Say what a rule means, why it is there, and how a plan breaks and keeps it.

    \b
    rollback-gov explain RG103
    rollback-gov explain --list
    """
    from rollback_gov.commands.explain import explain, explain_all
    from rollback_gov.commands.workspace import Workspace

    workspace = Workspace.around(Path.cwd())
    if everything:
        click.echo(explain_all(workspace), nl=False)
    elif code:
        click.echo(explain(code, workspace), nl=False)
    else:
        raise click.UsageError("Name a rule, such as RG103, or use --list.")
