"""``rollback-gov permit approve`` and ``issue``."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from rollback_gov.cli.options import environment_option, json_option, param_option, plan_argument
from rollback_gov.cli.permit_options import (
    artefact_option,
    key_option,
    make_request,
    now_option,
    print_json,
    required_key,
)
from rollback_gov.model.exit_codes import ExitCode


@click.command("approve")
@plan_argument
@key_option
@click.option("--attest", "attestations", multiple=True, metavar="WHAT", help="Attest this too; repeatable.")
def approve(*, plan: Path, key: Path | None, attestations: tuple[str, ...]) -> int:
    """Approve PLAN with your own key, which trust.yaml lists as an approver's. Nobody approves a plan that they wrote.

    \b
    What can be attested (level 3 and 4 need each once):
      manual-rollback-tested, stakeholders-trained, reviewed-by-sre
    """
    from rollback_gov.commands.permit_approve import approve as sign

    approved = sign(make_request(plan, ""), required_key(key), attestations)
    click.echo(f"Approved by {approved.person}: {approved.file}")
    for doubt in approved.doubts:
        click.echo(f"WARNING: from level 3 on no permit can be issued as it is. {doubt}", err=True)
    return ExitCode.PASSED


@click.command("issue")
@plan_argument
@environment_option
@key_option
@click.option("--hours", type=click.FloatRange(min=0.01), help="How long it lives; default and limit by level.")
@param_option
@artefact_option
@now_option
@json_option
def issue(
    *,
    plan: Path,
    environment: str,
    key: Path | None,
    hours: float | None,
    params: dict[str, str],
    artefacts: dict[str, str],
    now: datetime | None,
    as_json: bool,
) -> int:
    """Issue a permit for PLAN to go to an environment, or say everything that stands against it."""
    from rollback_gov.commands.permit_issue import issue as issue_permit
    from rollback_gov.records.keys import load_private_key

    request = make_request(plan, environment, now, params, artefacts, hours=hours)
    file, permit = issue_permit(request, load_private_key(key, os.environ))
    if as_json:
        print_json({"allowed": True, "file": str(file), "expires": permit.expires})
    else:
        click.echo(f"Permit for {permit.operation} to {environment}, until {permit.expires}: {file}")
        if not permit.issuer:
            click.echo("It is not signed; that never satisfies level 3 or 4.")
    return ExitCode.PASSED
