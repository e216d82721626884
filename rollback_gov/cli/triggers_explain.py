"""``rollback-gov triggers explain``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rollback_gov.cli.options import duration, json_option, plan_argument
from rollback_gov.model.duration import Duration
from rollback_gov.model.exit_codes import ExitCode


@click.command("explain", short_help="Say when each trigger fires, and what follows.")
@plan_argument
@click.option(
    "--every",
    callback=duration,
    metavar="DURATION",
    help="Interval of triggers without their own; default: the plan's.",
)
@json_option
def explain(*, plan: Path, every: Duration | None, as_json: bool) -> int:
    """Say when each trigger of PLAN fires, in one sentence that leaves nothing open, and what follows from it.

    Reads nothing but the plan. `watch --explain` prints the same sentences for an environment.

    \b
    rollback-gov triggers explain rollback/op-7/plan.yaml
    """
    from rollback_gov.commands.triggers_look import rules_in
    from rollback_gov.outputs.words import printable
    from rollback_gov.triggers.narrative import explained, introduction

    rules = rules_in(plan, every=every)
    if as_json:
        click.echo(json.dumps(explained(rules), indent=2))
        return ExitCode.PASSED
    for line in introduction(rules):
        click.echo(printable(line))
    return ExitCode.PASSED
