"""A group of commands of which each is imported when it is called: a gate does not pay for its neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import ClassVar

import click


class LazyCommands(click.Group):
    """A group that knows its commands by name: each is ``module:name`` under ``rollback_gov.cli``."""

    members: ClassVar[Mapping[str, str]] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order in which people need them."""
        return list(self.members)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command."""
        if cmd_name not in self.members:
            return None
        module, _, name = self.members[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"rollback_gov.cli.{module}"), name)
        return command
