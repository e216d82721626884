"""``rollback-gov triggers``: what a plan's triggers mean, and what they did."""

from __future__ import annotations

import click

from rollback_gov.cli.triggers_commands import TriggersCommands


@click.group("triggers", cls=TriggersCommands)
def command() -> None:
    """The triggers of a plan: when they fire, and that they do.

    \b
    explain   one sentence a trigger and a band, that leaves nothing open
    test      case files: readings, and what has to come of them
    prove     each trigger can fire, and can stay quiet
    backtest  what triggers would have done, on the history of their metrics
    export    Prometheus alert rules: a second, independent detector
    import    a draft from an auto_rollback configuration
    replay    the same decisions again, out of the log of a watch
    """
