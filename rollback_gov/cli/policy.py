"""``rollback-gov policy``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from rollback_gov.cli.options import json_option, policy_from_option
from rollback_gov.model.exit_codes import ExitCode


@click.group("policy")
def command() -> None:
    """The organisation's policy: what it demands, and which file says so."""


@command.command("show")
@policy_from_option
@json_option
def show(*, policy_from: str, as_json: bool) -> int:
    """Print the policy that holds here, value by value, and where each value comes from.

    \b
    rollback-gov policy show
    rollback-gov policy show --policy-from origin/main --json
    """
    from rollback_gov.commands.policy import show as values_of
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.outputs.words import printable

    workspace = Workspace.around(Path.cwd()).at(policy_from)
    values = values_of(workspace)
    if as_json:
        files = [str(layer.place().file) for layer in workspace.organisation.layers]
        click.echo(json.dumps({"files": files, "values": [asdict(value) for value in values]}, indent=2))
        return ExitCode.PASSED
    rows = [tuple(map(printable, (value.name, value.value, value.source))) for value in values]
    names, texts, _ = (max(map(len, column)) for column in zip(*rows, strict=True))
    for name, text, source in rows:
        click.echo(f"{name.ljust(names)}  {text.ljust(texts)}  {source}")
    return ExitCode.PASSED
