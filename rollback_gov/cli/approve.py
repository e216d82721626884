"""``rollback-gov approve``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from rollback_gov.cli.options import as_option, incidents_option
from rollback_gov.cli.terminal import person


@click.command("approve")
@click.argument("run")
@click.argument("gate", default="")
@click.option("--deny", is_flag=True, help="Say no.")
@click.option("--reason", default="", metavar="TEXT", help="Why; needed to override the rule of the second person.")
@incidents_option
@as_option
def command(*, run: str, gate: str, deny: bool, reason: str, incidents: Path, who: str) -> int:
    """Answer a GATE of RUN from elsewhere, or say that a manual step is done. GATE may be left out when only one waits.

    Whoever started the run cannot approve its gates, except with a reason, which is recorded for review; to say that a
    manual step is done, anybody may.
    """
    from rollback_gov.commands.status import approve

    decision = "denied" if deny else "approved"
    me = person(os.environ, who)
    path = approve(run, gate, incidents, decision=decision, person=me, reason=reason)
    click.echo(f"{path}: {decision} by {me}")
    return 0
