"""``rollback-gov permit revoke`` and ``status-list``."""

from __future__ import annotations

import os
import re
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollback_gov.cli.audited import note
from rollback_gov.cli.options import as_option, duration, json_option
from rollback_gov.cli.permit_options import key_option, now_option, print_json
from rollback_gov.model.duration import Duration
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.commands.status_list import StatusUpdate

life_option = click.option(
    "--valid",
    callback=duration,
    default="168h",
    show_default=True,
    metavar="DURATION",
    help="How long the list counts; at most 720h.",
)


@click.command("revoke")
@click.argument("permit", metavar="PERMIT")
@click.option("--reason", required=True, help="Why; it is shown at every gate.")
@key_option
@life_option
@now_option
@as_option
@json_option
def revoke(
    *, permit: str, reason: str, key: Path | None, valid: Duration, now: datetime, who: str, as_json: bool
) -> int:
    """Revoke PERMIT, a file or the 64 digits of its sha256: no gate takes it any more.

    It is added to .rollback-gov/status-list.dsse.json, which is signed, has a version and an end. Bring that file to
    the protected branch: gates read it there.
    """
    from rollback_gov.cli.person import person
    from rollback_gov.commands import status_list as commands

    if not reason.strip():
        raise click.UsageError("A revocation needs a reason: --reason TEXT.")
    update, identity = _update(key, valid, now), _identity(permit)
    file, status = commands.revoke(update, identity, by=person(os.environ, who), reason=reason)
    told = {"permit": identity, "reason": reason, "version": status.version}
    root = update.workspace.root
    note(root, "permit.revoked", told, operation=_operation(permit, identity, root), who=who)
    if as_json:
        print_json({**asdict(status), "file": str(file)})
    else:
        click.echo(f"Revoked {status.revoked[-1].permit[:12]} in version {status.version} of {file}.")
        click.echo(f"It counts until {status.next_update}; bring it to the protected branch now.")
    return ExitCode.PASSED


@click.group("status-list")
def status_list() -> None:
    """The list of revoked permits: gates refuse when it is missing, older than a permit demands, or past its end."""


@status_list.command("refresh")
@key_option
@life_option
@now_option
@json_option
def refresh(*, key: Path | None, valid: Duration, now: datetime, as_json: bool) -> int:
    """Write the list anew with a later end; the first time, an empty one. A scheduled job does this once a day."""
    from rollback_gov.commands import status_list as commands

    update = _update(key, valid, now)
    file, status = commands.refresh(update)
    note(update.workspace.root, "status-list.refreshed", {"version": status.version, "until": status.next_update})
    if as_json:
        print_json({**asdict(status), "file": str(file)})
    else:
        click.echo(f"Version {status.version}, {len(status.revoked)} revoked, until {status.next_update}: {file}")
    return ExitCode.PASSED


@status_list.command("show")
@now_option
@json_option
def show(*, now: datetime, as_json: bool) -> int:
    """Print the repository's list. Exit code 1 when it is past its end, 3 when there is none."""
    from rollback_gov.commands import status_list as commands
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.records.times import moment

    at = now
    status = commands.current_list(Workspace.around(Path.cwd()), at)
    if status is None:
        click.echo("There is no status list; make one with `rollback-gov permit status-list refresh`.", err=True)
        return ExitCode.NOTHING_TO_CHECK
    over = at >= moment(status.next_update)
    if as_json:
        print_json({**asdict(status), "stale": over})
    else:
        signed = "signed" if status.signed else "NOT SIGNED"
        end = "PAST ITS END since" if over else "until"
        click.echo(f"Version {status.version} of {status.repository}, {signed}, {end} {status.next_update}")
        for item in status.revoked:
            click.echo(f"  {item.permit[:12]}  {item.at}  {item.by}: {item.reason}")
    return ExitCode.FINDINGS if over else ExitCode.PASSED


def _update(key: Path | None, valid: Duration, now: datetime) -> StatusUpdate:
    from rollback_gov.commands.status_list import StatusUpdate
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.records.keys import load_private_key

    return StatusUpdate(
        workspace=Workspace.around(Path.cwd()),
        key=load_private_key(key, os.environ),
        now=now,
        life=timedelta(seconds=valid.seconds),
    )


def _operation(permit: str, identity: str, root: Path) -> str:
    """Name the operation of a permit, as its file says it; empty where there is no such file here."""
    from rollback_gov.commands.audit_verify import permits_in
    from rollback_gov.records.errors import RecordError
    from rollback_gov.records.permit import open_permit
    from rollback_gov.records.statement import read

    for file in [Path(permit)] if permit != identity else permits_in(root):
        try:
            envelope = read(file)
            if envelope.sha256 == identity:
                return open_permit(envelope).operation
        except RecordError:
            continue
    return ""


def _identity(permit: str) -> str:
    """Give a permit's identity: its file's, whatever that says, or what was typed."""
    from rollback_gov.records.statement import read

    return permit if re.fullmatch("[0-9a-f]{64}", permit) else read(Path(permit)).sha256
