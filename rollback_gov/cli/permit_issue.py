"""``rollback-gov permit approve``, ``request``, ``issue`` and ``sign``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollback_gov.cli.audited import denial_noted, note_request
from rollback_gov.cli.options import json_option, plan_argument
from rollback_gov.cli.permit_options import (
    NOT_SIGNED,
    approved_for_option,
    key_option,
    make_request,
    permit_option,
    print_json,
    request_options,
    required_key,
    reviews_option,
)
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from rollback_gov.commands.permit import PermitRequest
    from rollback_gov.commands.permit_issue import Issued


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

    request = make_request(plan, "")
    private = required_key(key)
    with denial_noted(request, "approval.refused", {"attestations": list(attestations)}):
        approved = sign(request, private, attestations)
    told = {"file": approved.file.name, "attestations": list(attestations)}
    note_request(request, "approval.given", told, who=approved.person)
    click.echo(f"Approved by {approved.person}: {approved.file}")
    for doubt in approved.doubts:
        click.echo(f"WARNING: from level 3 on no permit can be issued as it is. {doubt}", err=True)
    return ExitCode.PASSED


@click.command("request")
@request_options
@reviews_option
@approved_for_option
@json_option
def ask_for(*, request: PermitRequest, pull: str, approved_for: str, as_json: bool) -> int:
    """Ask what PLAN still needs before a permit to an environment can be issued, and from whom.

    Needs no key and writes nothing. Exit code 1 while something is missing.
    """
    from rollback_gov.commands.permit_request import ask

    asked = ask(_with_reviews(request, (pull, approved_for), None))
    code = ExitCode.FINDINGS if asked.objections else ExitCode.PASSED
    if as_json:
        print_json({**asdict(asked), "allowed": not asked.objections, "exit": code.word})
        return code
    where = f"{asked.operation} to {request.environment} at level {asked.level}"
    click.echo(f"For {where} is missing:" if asked.objections else f"For {where} nothing is missing.")
    for objection in asked.objections:
        click.echo(f"  - {objection}")
    click.echo(
        f"Approved by: {', '.join(asked.approved) or 'nobody'}; may approve: {', '.join(asked.may_approve) or 'nobody'}"
    )
    click.echo(f"To be signed by {asked.signatures} of: {', '.join(asked.may_issue) or 'nobody'}")
    return code


@click.command("issue")
@request_options
@reviews_option
@approved_for_option
@key_option
@click.option("--hours", type=click.FloatRange(min=0.01), help="How long it lives; default and limit by level.")
@json_option
def issue(
    *, request: PermitRequest, pull: str, approved_for: str, key: Path | None, hours: float | None, as_json: bool
) -> int:
    """Issue a permit for PLAN to go to an environment, or say everything that stands against it."""
    from rollback_gov.commands.audit_checkpoint import head_of
    from rollback_gov.commands.permit_issue import issue as issue_permit
    from rollback_gov.records.keys import load_private_key

    if hours:
        request = replace(request, lives=timedelta(hours=hours))
    private = load_private_key(key, os.environ)
    request = _with_reviews(request, (pull, approved_for), private)
    with refusal_told(request, as_json=as_json):
        issued = issue_permit(request, private, audit=head_of(request))
    permit = issued.permit
    note_request(request, "permit.issued", _told(issued))
    if as_json:
        print_json({"allowed": not issued.missing, "file": str(issued.file), "expires": permit.expires})
        return ExitCode.PASSED
    click.echo(f"Permit for {permit.operation} to {permit.environment}, until {permit.expires}: {issued.file}")
    if not permit.issuer:
        click.echo(NOT_SIGNED)
    if issued.missing:
        who = "one more person has" if issued.missing == 1 else f"{issued.missing} more people have"
        click.echo(f"It does not count before {who} signed it: rollback-gov permit sign")
    return ExitCode.PASSED


def _told(issued: Issued) -> dict[str, Any]:
    """Give what of a permit stands in the audit log."""
    permit = issued.permit
    return {
        "permit": issued.sha256,
        "level": permit.level,
        "expires": permit.expires,
        "issuer": permit.issuer,
        "approved_by": [
            *(approval.person for approval in permit.approvals),
            *(review.login for review in permit.reviews),
        ],
        "evidence": [evidence.sha256 for evidence in permit.evidence],
        "waived": [waiver.rule for waiver in permit.waivers],
    }


@click.command("sign")
@request_options
@reviews_option
@approved_for_option
@permit_option
@key_option
@json_option
def sign(
    *, request: PermitRequest, pull: str, approved_for: str, file: Path | None, key: Path | None, as_json: bool
) -> int:
    """Add your signature to a permit that somebody else issued; level 4 needs two.

    Everything is looked at again as if you issued it yourself.
    """
    from rollback_gov.commands.permit_sign import sign_again

    private = required_key(key)
    request = _with_reviews(request, (pull, approved_for), private)
    with refusal_told(request, as_json=as_json):
        signed = sign_again(request, file, private)
    note_request(request, "permit.signed", {"file": signed.file.name, "signer": signed.signer})
    if as_json:
        print_json({"allowed": not signed.reasons, "file": str(signed.file), "signer": signed.signer})
    else:
        click.echo(f"Signed by {signed.signer}: {signed.file}")
        for reason in signed.reasons:
            click.echo(f"It does not count yet. {reason.message}")
    return ExitCode.PASSED


def _with_reviews(request: PermitRequest, asked: tuple[str, str], key: Ed25519PrivateKey | None) -> PermitRequest:
    """Ask GitHub only where somebody asked for it: PyGithub takes a quarter of a second to import."""
    pull, approved_for = asked
    if pull:
        from rollback_gov.commands.permit_reviews import with_reviews

        request = with_reviews(request, pull, key)
    if approved_for:
        from rollback_gov.commands.permit_reviews import with_run_approvals

        request = with_run_approvals(request, approved_for, key)
    return request


@contextmanager
def refusal_told(request: PermitRequest, *, as_json: bool) -> Iterator[None]:
    """Write down why there is no permit; where JSON was asked for, say it in JSON and end with exit code 1."""
    from rollback_gov.commands.permit_objections import NotIssued

    try:
        yield
    except NotIssued as error:
        note_request(request, "permit.refused", {"reasons": [one.code for one in error.objections]})
        if not as_json:
            raise
        print_json({"allowed": False, "reasons": [asdict(one) for one in error.objections], "exit": "findings"})
        raise click.exceptions.Exit(ExitCode.FINDINGS) from None
