"""``rollback-gov plan``."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from rollback_gov.cli.options import pairs, plan_argument
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.finding import Fix


@click.group("plan")
def command() -> None:
    """Plans as documents."""


@command.command("edit")
@plan_argument
@click.option("--fix", "fix_all", is_flag=True, help="Make every fix that a rule knows and that cannot do harm.")
@click.option("--set", "sets", multiple=True, callback=pairs, metavar="PATH=VALUE", help="Set a value; repeatable.")
@click.option(
    "--rename", "renames", multiple=True, callback=pairs, metavar="PATH=KEY", help="Rename a key; repeatable."
)
@click.option("--remove", "removes", multiple=True, metavar="PATH", help="Take a key or an entry out; repeatable.")
@click.option("--dry-run", is_flag=True, help="Print what would change, and change nothing.")
def edit(
    *,
    plan: Path,
    fix_all: bool,
    sets: dict[str, str],
    renames: dict[str, str],
    removes: tuple[str, ...],
    dry_run: bool,
) -> int:
    """Change PLAN and keep its comments. A PATH is made of keys and list positions, with dots between.

    \b
    rollback-gov plan edit rollback/op-7/plan.yaml --fix
    rollback-gov plan edit rollback/op-7/plan.yaml --set metadata.level=3 --remove phases.0.steps.1
    rollback-gov plan edit rollback/op-7/plan.yaml --rename phases.0.time_out=timeout --dry-run

    What is written says exactly what was asked for and nothing else; an edit that cannot be made so is refused.
    Fixes are made for misspelt keys and words (RG004, RG005), a level below the floor (RG502), a scenario without its
    time (RG108), terminals (RG203), waits without a limit (RG205), `uses` and `tools` (RG213, RG218), options that are
    going away (RG219) and psql without ON_ERROR_STOP (RG220).
    """
    from rollback_gov.commands.gate import gate_of
    from rollback_gov.commands.plan_edit import edited, fixed, parse_value, read_plan, shown
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.commands.yaml_file import replace
    from rollback_gov.outputs.words import printable
    from rollback_gov.plans.source_map import parse_path

    edits = [
        *(Fix(path=parse_path(path), key=key) for path, key in renames.items()),
        *(Fix(path=parse_path(path), value=parse_value(value)) for path, value in sets.items()),
        *(Fix(path=parse_path(path), remove=True) for path in removes),
    ]
    if not edits and not fix_all:
        raise click.UsageError("Say what to change: --fix, --set, --rename or --remove.")
    before = read_plan(plan)
    after = edited(before, edits)
    if fix_all:
        gate = gate_of(Workspace.around(plan), datetime.now(UTC), os.environ)
        after, fixes = fixed(plan, after, gate.demands)
        edits += fixes
    for each in edits:
        click.echo(printable(f"{shown(each)}."))
    if after.text == before.text:
        click.echo("Nothing changes.")
    elif dry_run:
        click.echo(_difference(plan, before.text, after.text), nl=False)
    else:
        replace(plan, after.text)
    return ExitCode.PASSED


def _difference(plan: Path, before: str, after: str) -> str:
    from difflib import unified_diff

    from rollback_gov.outputs.words import printable

    lines = unified_diff(before.splitlines(), after.splitlines(), str(plan), str(plan), lineterm="")
    return "".join(f"{printable(line)}\n" for line in lines)
