"""``rollback-gov permit``: from the approvals to the gate of a deployment, and revocation."""

from __future__ import annotations

import click

from rollback_gov.cli.permit_gate import claim, verify
from rollback_gov.cli.permit_issue import approve, issue, sign
from rollback_gov.cli.permit_look import show
from rollback_gov.cli.permit_status import revoke, status_list


@click.group("permit")
def command() -> None:
    """No deployment without a permit, and no permit before the rollback was rehearsed.

    \b
    approve   one person says yes to exactly this plan
    issue     a permit, if nothing stands against it
    sign      add a second signature, which level 4 asks for
    verify    offline, at the gate of a deployment
    claim     verify, and take the permit's single use
    revoke    no gate takes it any more; status-list keeps the list of it fresh
    """


for subcommand in (approve, issue, sign, verify, claim, show, revoke, status_list):
    command.add_command(subcommand)
