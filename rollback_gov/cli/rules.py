"""``rollback-gov rules``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rollback_gov.cli.options import json_option
from rollback_gov.model.exit_codes import ExitCode


@click.group("rules")
def command() -> None:
    """The rules that plans are judged by. `rollback-gov explain CODE` prints the page of one."""


@command.command("list")
@json_option
def list_rules(*, as_json: bool) -> int:
    """List all rules, the organisation's own among them: code, weight, level from which it holds, title.

    \b
    rollback-gov rules list
    rollback-gov rules list --json
    """
    from rollback_gov.commands.explain import rule_document, rules_here
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.policy.pages import listing

    rules = rules_here(Workspace.around(Path.cwd())).values()
    if as_json:
        click.echo(json.dumps({"rules": [rule_document(rule) for rule in rules]}, indent=2))
    else:
        click.echo(listing(rules), nl=False)
    return ExitCode.PASSED
