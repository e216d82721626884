"""``rollback-gov permit verify`` and ``claim``: the gate of a deployment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollback_gov.cli.audited import note_verdict, require_trail
from rollback_gov.cli.options import as_option, json_option
from rollback_gov.cli.permit_options import (
    NOT_SIGNED,
    break_glass_option,
    permit_option,
    print_json,
    request_options,
)
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.commands.permit import PermitRequest
    from rollback_gov.records.verdict import Verdict


@click.command("verify")
@request_options
@permit_option
@break_glass_option
@json_option
def verify(
    *,
    request: PermitRequest,
    file: Path | None,
    break_glass: Path | None,
    as_json: bool,
) -> int:
    """Verify that PLAN may go to an environment. Offline; nothing out of the plan is run.

    Exit code 1, with every reason, when it may not.
    """
    from rollback_gov.commands import permit as commands

    verdict = commands.verify(request, file, break_glass=break_glass)
    note_verdict(request, "permit.allowed", verdict)
    return _print(verdict, "allows", as_json=as_json)


@click.command("claim")
@request_options
@permit_option
@break_glass_option
@click.option("--local", is_flag=True, help="Write the use down beside the plan only, not at the remote.")
@click.option(
    "--deployment",
    is_flag=True,
    help="Then show it among GitHub's deployments; `rollback-gov deployment` says how it ended. Needs GITHUB_TOKEN.",
)
@as_option
@json_option
def claim(
    *,
    request: PermitRequest,
    file: Path | None,
    break_glass: Path | None,
    local: bool,
    deployment: bool,
    who: str,
    as_json: bool,
) -> int:
    """Verify and take the permit's single use, right before the deployment. The baseline must have been captured.

    Where the repository has a remote (`origin`, or the only one), the use is a ref there (refs/rollback-gov/claims/…),
    so that of all machines exactly one gets it; when the remote cannot be reached, nobody does. Else it is a file
    beside the plan.
    """
    from rollback_gov.cli.person import person
    from rollback_gov.commands.permit_claim import claim_permit

    require_trail(request)
    verdict = claim_permit(request, file, person(os.environ, who), break_glass=break_glass, local=local)
    note_verdict(request, "permit.claimed", verdict, who=who, durably=True)
    shown = _deployment(request, verdict) if deployment and verdict.allowed else {}
    return _print(verdict, "is claimed for", as_json=as_json, more=shown)


def _deployment(request: PermitRequest, verdict: Verdict) -> dict[str, int]:
    """Show the deployment at GitHub, or say once why not; the claim stands either way."""
    from rollback_gov.commands.deployment import begin_deployment

    shown = begin_deployment(request, verdict)
    if shown.problem:
        click.echo(f"NOTICE: {shown.problem}", err=True)
    return {"deployment": shown.id}


def _print(verdict: Verdict, verb: str, *, as_json: bool, more: Mapping[str, int] | None = None) -> int:
    if as_json:
        print_json({**asdict(verdict), **(more or {}), "exit": _exit(verdict).word})
    elif verdict.allowed:
        what = f"permit {Path(verdict.file).name} ({verdict.permit_sha256[:12]})" if verdict.file else "break-glass"
        click.echo(f"The {what} {verb} the deployment.")
        if verdict.file and not verdict.signed:
            click.echo(NOT_SIGNED)
        for reason in verdict.waived:
            click.echo(f"  - waived by break-glass {verdict.break_glass[:12]}: {reason.code}: {reason.message}")
    else:
        click.echo("REFUSED: the permit does not allow the deployment.")
        for reason in verdict.reasons:
            click.echo(f"  - {reason.code}: {reason.message} {reason.hint}".rstrip())
    return _exit(verdict)


def _exit(verdict: Verdict) -> ExitCode:
    return ExitCode.PASSED if verdict.allowed else ExitCode.FINDINGS
