"""``rollback-gov render``."""

from __future__ import annotations

from pathlib import Path

import click

from rollback_gov.cli.options import plan_argument
from rollback_gov.model.exit_codes import ExitCode


@click.command("render")
@plan_argument
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the document there, not to stdout."
)
@click.option("--force", is_flag=True, help="Write over a file that says something else.")
def command(*, plan: Path, out: Path | None, force: bool) -> int:
    """Write PLAN as a Markdown document, for people and for pull requests.

    \b
    rollback-gov render rollback/op-7/plan.yaml
    rollback-gov render rollback/op-7/plan.yaml -o rollback/op-7/plan.md
    rollback-gov render rollback/op-7/plan.yaml -o rollback/op-7/plan.md --force

    The document is a plan itself: it reads back as the same plan with the same digests, and every command takes it.
    Text of the plan stays text: nothing in it becomes a link, a mention or HTML.
    """
    from rollback_gov.commands.render import render, write
    from rollback_gov.plans.load import load_plan

    text = render(load_plan(plan))
    if out is None:
        click.echo(text, nl=False)
    elif remark := write(text, out, plan, force=force):
        click.echo(remark, err=True)
    return ExitCode.PASSED
