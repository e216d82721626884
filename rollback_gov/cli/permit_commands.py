"""A group of commands of which each is imported when it is called: a gate does not pay for its neighbours."""

from __future__ import annotations

from importlib import import_module

import click

COMMANDS = {
    "approve": "permit_issue:approve",
    "request": "permit_issue:ask_for",
    "issue": "permit_issue:issue",
    "sign": "permit_issue:sign",
    "verify": "permit_gate:verify",
    "claim": "permit_gate:claim",
    "show": "permit_look:show",
    "list": "permit_look:list_",
    "revoke": "permit_status:revoke",
    "status-list": "permit_status:status_list",
}
"""Of ``permit``: module and name."""


class PermitCommands(click.Group):
    """The commands under ``permit``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order in which people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"rollback_gov.cli.{module}"), name)
        return command
