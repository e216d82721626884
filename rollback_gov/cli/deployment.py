"""``rollback-gov deployment``."""

from __future__ import annotations

from pathlib import Path

import click

from rollback_gov.cli.options import environment_option, json_option, plan_argument
from rollback_gov.cli.permit_options import make_request, print_json
from rollback_gov.model.exit_codes import ExitCode

RESULTS = ("success", "failure", "cancelled", "skipped")
"""As GitHub Actions says how a job ended (``needs.deploy.result``)."""


def web_address(_: click.Context, parameter: click.Parameter, text: str) -> str:
    """See that it is one that GitHub can link to."""
    if text and not text.startswith(("https://", "http://")):
        raise click.BadParameter(f"'{text}' does not begin with https://.", param=parameter)
    return text


@click.command("deployment")
@click.argument("result", type=click.Choice(RESULTS), metavar="RESULT")
@plan_argument
@environment_option
@click.option("--url", default="", callback=web_address, help="Where what was deployed can be seen.")
@json_option
def command(*, result: str, plan: Path, environment: str, url: str, as_json: bool) -> int:
    """Tell GitHub how the deployment of PLAN's operation ended, which `permit claim --deployment` began. As RESULT:

    \b
    success    it is what runs there now; those before it become inactive
    failure    it failed
    cancelled  somebody stopped it
    skipped    it did not begin

    Needs GITHUB_TOKEN with `deployments: write`. Exit code 1 when GitHub did not take it.
    """
    from rollback_gov.commands.deployment import report_deployment

    shown = report_deployment(make_request(plan, environment), result, url)
    code = ExitCode.FINDINGS if shown.problem else ExitCode.PASSED
    if as_json:
        print_json({"deployment": shown.id, "problem": shown.problem, "exit": code.word})
    elif shown.problem:
        click.echo(shown.problem, err=True)
    else:
        click.echo(f"Deployment {shown.id} to {environment}: {result}.")
    return code
