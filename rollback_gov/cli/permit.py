"""``rollback-gov permit``: approve, issue, verify, claim, show."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollback_gov.cli.options import (
    as_option,
    environment_option,
    json_option,
    param_option,
    plan_argument,
    policy_from_option,
)
from rollback_gov.cli.terminal import pairs
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from rollback_gov.commands.permit import PermitRequest
    from rollback_gov.records.verdict import Verdict


def digests(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Read ``NAME=SHA256`` options; ``sha256:`` may stand before the digest, as registries write it."""
    named = {name: text.removeprefix("sha256:") for name, text in pairs(context, parameter, values).items()}
    for name, digest in named.items():
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise click.BadParameter(f"'{name}' needs a sha256 of 64 hexadecimal digits.", param=parameter)
    return named


key_option = click.option(
    "--key", type=click.Path(path_type=Path), help="Private key; default: the variable ROLLBACK_GOV_KEY."
)
permit_option = click.option(
    "--permit",
    "file",
    type=click.Path(path_type=Path),
    help="The permit; default: one beside the plan that allows the deployment.",
)
artefact_option = click.option(
    "--artefact",
    "artefacts",
    multiple=True,
    callback=digests,
    metavar="NAME=SHA256",
    help="What is deployed, by its digest; repeatable.",
)
now_option = click.option(
    "--now",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ"]),
    default=None,
    help="Judge as of that time (UTC); for tests and for looking back.",
)


@click.group("permit")
def command() -> None:
    """No deployment without a permit, and no permit before the rollback was rehearsed.

    \b
    approve   one person says yes to exactly this plan
    issue     a permit, if nothing stands against it
    verify    offline, at the gate of a deployment
    claim     verify, and take the permit's single use
    """


@command.command("approve")
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

    approved = sign(_request(plan, ""), _key(key), attestations)
    click.echo(f"Approved by {approved.person}: {approved.file}")
    for doubt in approved.doubts:
        click.echo(f"WARNING: from level 3 on no permit can be issued as it is. {doubt}", err=True)
    return ExitCode.PASSED


@command.command("issue")
@plan_argument
@environment_option
@key_option
@click.option("--hours", type=click.FloatRange(min=0.01), help="How long it lives; default and limit by level.")
@param_option
@artefact_option
@now_option
@policy_from_option
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
    policy_from: str,
    as_json: bool,
) -> int:
    """Issue a permit for PLAN to go to an environment, or say everything that stands against it."""
    from rollback_gov.commands.permit_issue import issue as issue_permit
    from rollback_gov.records.keys import load_private_key

    request = _request(plan, environment, now, params, artefacts, hours=hours, policy_from=policy_from)
    file, permit = issue_permit(request, load_private_key(key, os.environ))
    if as_json:
        _print_json({"allowed": True, "file": str(file), "expires": permit.expires})
    else:
        click.echo(f"Permit for {permit.operation} to {environment}, until {permit.expires}: {file}")
        if not permit.issuer:
            click.echo("It is not signed; that never satisfies level 3 or 4.")
    return ExitCode.PASSED


@command.command("verify")
@plan_argument
@environment_option
@permit_option
@param_option
@artefact_option
@now_option
@policy_from_option
@json_option
def verify(
    *,
    plan: Path,
    environment: str,
    file: Path | None,
    params: dict[str, str],
    artefacts: dict[str, str],
    now: datetime | None,
    policy_from: str,
    as_json: bool,
) -> int:
    """Verify that PLAN may go to an environment. Offline; nothing out of the plan is run.

    Exit code 1, with every reason, when it may not.
    """
    from rollback_gov.commands import permit as commands

    request = _request(plan, environment, now, params, artefacts, policy_from=policy_from)
    return _print(commands.verify(request, file), "allows", as_json=as_json)


@command.command("claim")
@plan_argument
@environment_option
@permit_option
@param_option
@artefact_option
@now_option
@as_option
@policy_from_option
@json_option
def claim(
    *,
    plan: Path,
    environment: str,
    file: Path | None,
    params: dict[str, str],
    artefacts: dict[str, str],
    now: datetime | None,
    who: str,
    policy_from: str,
    as_json: bool,
) -> int:
    """Verify and take the permit's single use, right before the deployment. The baseline must have been captured."""
    from rollback_gov.cli.terminal import person
    from rollback_gov.commands import permit as commands

    request = _request(plan, environment, now, params, artefacts, policy_from=policy_from)
    verdict = commands.claim_permit(request, file, person(os.environ, who))
    return _print(verdict, "is claimed for", as_json=as_json)


@command.command("show")
@click.argument("file", type=click.Path(path_type=Path))
def show(*, file: Path) -> int:
    """Print what the permit in FILE says. Says nothing about whether it counts: see `permit verify`."""
    from rollback_gov.records.permit import open_permit
    from rollback_gov.records.statement import read

    envelope = read(file)
    _print_json({"sha256": envelope.sha256, **asdict(open_permit(envelope))})
    return ExitCode.PASSED


def _request(
    plan: Path,
    environment: str,
    now: datetime | None = None,
    params: dict[str, str] | None = None,
    artefacts: dict[str, str] | None = None,
    *,
    hours: float | None = None,
    policy_from: str = "",
) -> PermitRequest:
    from rollback_gov.commands.permit import PermitRequest
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.plans.load import load_plan

    return PermitRequest(
        loaded=load_plan(plan),
        workspace=Workspace.around(plan).at(policy_from),
        environment=environment,
        now=now.replace(tzinfo=UTC) if now else datetime.now(UTC),
        environ=os.environ,
        given=params or {},
        artefacts=artefacts or {},
        lives=timedelta(hours=hours) if hours else None,
    )


def _key(path: Path | None) -> Ed25519PrivateKey:
    from rollback_gov.records.keys import load_private_key

    key = load_private_key(path, os.environ)
    if key is None:
        raise click.UsageError("Approving needs a key: --key FILE, or the variable ROLLBACK_GOV_KEY.")
    return key


def _print(verdict: Verdict, verb: str, *, as_json: bool) -> int:
    if as_json:
        _print_json({**asdict(verdict), "exit": _exit(verdict).word})
    elif verdict.allowed:
        click.echo(f"The permit {Path(verdict.file).name} ({verdict.permit_sha256[:12]}) {verb} the deployment.")
    else:
        click.echo("REFUSED: the permit does not allow the deployment.")
        for reason in verdict.reasons:
            click.echo(f"  - {reason.code}: {reason.message} {reason.hint}".rstrip())
    return _exit(verdict)


def _print_json(document: dict[str, Any]) -> None:
    """Print JSON in which a CI runner finds no command: what a record says must not be able to give one."""
    click.echo(json.dumps(document, indent=2).replace("##[", "##\\u005b"))


def _exit(verdict: Verdict) -> ExitCode:
    return ExitCode.PASSED if verdict.allowed else ExitCode.FINDINGS
