"""``rollback-gov feedback``."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from rollback_gov.cli.options import json_option, policy_from_option
from rollback_gov.cli.permit_options import now_option, print_json, pull_request
from rollback_gov.model.exit_codes import ExitCode


@click.command("feedback")
@click.argument("findings", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--pull",
    default="event",
    show_default=True,
    callback=pull_request,
    metavar="NUMBER|event",
    help="Which pull request; `event`: that of the job, or its merge group.",
)
@click.option("--comment", is_flag=True, help="Write one comment, or update it (pull-requests: write).")
@click.option("--check-run", is_flag=True, help="Write a check run with all annotations (checks: write).")
@click.option(
    "--environment",
    "-e",
    "environments",
    multiple=True,
    help="Say what a permit to there needs; repeatable. Default: the environments of class production.",
)
@policy_from_option
@now_option
@json_option
def command(
    *,
    findings: Path,
    pull: str,
    comment: bool,
    check_run: bool,
    environments: tuple[str, ...],
    policy_from: str,
    now: datetime,
    as_json: bool,
) -> int:
    """Tell a pull request on GitHub what was found. FINDINGS is what `validate --output json=FINDINGS` wrote.

    Needs GITHUB_TOKEN. Where the token may not write or GitHub does not answer, it says so and ends with 0: feedback
    fails no check.
    """
    from rollback_gov.commands.feedback import Wanted, give_feedback

    if not (comment or check_run):
        raise click.UsageError("Say what is wanted: --comment, --check-run, or both.")
    wanted = Wanted(
        findings=findings,
        pull=pull or "event",
        comment=comment,
        check_run=check_run,
        environ=os.environ,
        now=now,
        policy_from=policy_from,
        environments=environments,
    )
    given = give_feedback(wanted)
    if as_json:
        document = {"check_run": given.check_run, "comment": given.comment, "complete": given.complete}
        print_json({**document, "trouble": given.trouble})
        return ExitCode.PASSED
    for name, where in (("check run", given.check_run), ("comment", given.comment)):
        if where:
            click.echo(f"{name:<11}{where}")
    if given.trouble:
        click.echo(given.trouble, err=True)
    return ExitCode.PASSED
