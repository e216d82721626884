"""``rollback-gov triggers export`` and ``import``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rollback_gov.cli.options import json_option, plan_argument, region_option
from rollback_gov.model.exit_codes import ExitCode

output_option = click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write to this file."
)


@click.command("export", short_help="Write Prometheus alert rules: a second, independent detector.")
@plan_argument
@click.option(
    "--environment", "-e", default="", help="Write the numbers of this environment's baseline into the rules."
)
@region_option
@output_option
@json_option
def export(*, plan: Path, environment: str, region: str, output: Path | None, as_json: bool) -> int:
    """Write the triggers of PLAN as Prometheus alert rules, so that a second detector looks beside the watch.

    Only what PromQL can express becomes a rule: what is left out, and where a rule decides otherwise than the watch,
    stands in comments on top, and on standard error. Exit code 3 where nothing can be expressed.

    \b
    rollback-gov triggers export rollback/op-7/plan.yaml -o op-7.rules.yaml
    promtool check rules op-7.rules.yaml
    """
    from rollback_gov.commands.triggers_export import export_plan
    from rollback_gov.outputs.words import printable

    exported = export_plan(plan, environment, region)
    if output is not None:
        _write(output, exported.text)
    if as_json:
        said = {"left_out": exported.left_out, "differences": exported.differences}
        click.echo(json.dumps({"rules": exported.count, "groups": exported.groups, **said}, indent=2))
    elif output is None:
        click.echo(exported.text, nl=False)
    for name, reason in exported.left_out.items():
        click.echo(printable(f"left out: {name}: {reason}"), err=True)
    return ExitCode.PASSED if exported.count else ExitCode.NOTHING_TO_CHECK


def _write(path: Path, text: str) -> None:
    from rollback_gov.model.errors import UsageError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror}.") from error


@click.command("import", short_help="Draft triggers from an auto_rollback configuration (JSON).")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@output_option
@json_option
def import_(*, file: Path, output: Path | None, as_json: bool) -> int:
    """Draft `triggers:`, `decision:` and `watch:` from the auto_rollback configuration in FILE.

    What it does not say is a GAP in a comment, with TODO where it belongs, and on standard error; nothing is invented.
    `validate` finds each TODO that is left.

    \b
    rollback-gov triggers import auto-rollback-config.json -o triggers-draft.yaml
    """
    from rollback_gov.commands.triggers_import import draft_of
    from rollback_gov.outputs.words import printable

    draft = draft_of(file)
    if output is not None:
        _write(output, draft.text)
    if as_json:
        named = [{"id": one.id, "metric": one.metric} for one in draft.triggers]
        said = {"gaps": draft.every_gap, "elsewhere": draft.elsewhere, "draft": draft.text}
        click.echo(json.dumps({"triggers": named, "mode": draft.mode, **said}, indent=2))
    elif output is None:
        click.echo(draft.text, nl=False)
    for gap in draft.every_gap:
        click.echo(printable(f"gap: {gap}"), err=True)
    return ExitCode.PASSED
