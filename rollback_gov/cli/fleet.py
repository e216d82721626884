"""``rollback-gov fleet``: over many repositories on GitHub."""

from __future__ import annotations

import click

from rollback_gov.cli.lazy_commands import LazyCommands


class FleetCommands(LazyCommands):
    """The commands under ``fleet``."""

    members = {"scan": "fleet_scan:scan"}  # noqa: RUF012 - declared once, as ClassVar, in the class above


@click.group("fleet", cls=FleetCommands)
def command() -> None:
    """Over the repositories of an organisation: which services could not be rolled back today, and why."""
