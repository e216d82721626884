"""``rollback-gov completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash:  eval "$(rollback-gov completion bash)"
    zsh:   eval "$(rollback-gov completion zsh)"
    fish:  rollback-gov completion fish | source
    """
    from rollback_gov.cli.main import cli

    kind = get_completion_class(shell)
    assert kind is not None, "click has a completion for each shell that may be chosen"
    click.echo(kind(cli, {}, "rollback-gov", "_ROLLBACK_GOV_COMPLETE").source())
