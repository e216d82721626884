"""``rollback-gov permit``: from the approvals to the gate of a deployment, and revocation."""

from __future__ import annotations

import click

from rollback_gov.cli.permit_commands import PermitCommands


@click.group("permit", cls=PermitCommands)
def command() -> None:
    """No deployment without a permit, and no permit before the rollback was rehearsed.

    \b
    approve   one person says yes to exactly this plan
    request   what is still missing, and from whom
    issue     a permit, if nothing stands against it
    sign      add a second signature, which level 4 asks for
    verify    offline, at the gate of a deployment
    claim     verify, and take the permit's single use
    show      what a permit says; list shows how all of them stand
    revoke    no gate takes it any more; status-list keeps the list of it fresh
    """
