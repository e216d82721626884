"""``rollback-gov dashboard``: how rollbacks went, and how one goes."""

from __future__ import annotations

import click

from rollback_gov.cli.dashboard_commands import DashboardCommands


@click.group("dashboard", cls=DashboardCommands)
def command() -> None:
    """Rollbacks as pages that people read: how they went, and how one goes.

    \b
    build   the history as one file: which services could not meet their SLA, and why
    serve   the rollback that runs, as it goes on, and the history
    """
