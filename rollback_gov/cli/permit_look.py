"""``rollback-gov permit show`` and ``list``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollback_gov.cli.options import json_option
from rollback_gov.cli.permit_options import make_request, now_option, print_json
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.commands.permit_list import ListedPermit


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
def show(*, file: Path) -> int:
    """Print what the permit in FILE says, and whose signatures it has by the trust.yaml here.

    Says nothing about whether it counts: see `permit verify`.
    """
    from rollback_gov.commands.permit_list import signers_of
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.records.permit import open_permit
    from rollback_gov.records.statement import read

    envelope = read(file)
    permit = open_permit(envelope)
    signature, signed_by = signers_of(envelope, Workspace.around(file))
    print_json({"sha256": envelope.sha256, "signature": signature, "signed_by": signed_by, **asdict(permit)})
    return ExitCode.PASSED


@click.command("list")
@click.argument("plan", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--environment", "-e", default="", help="Only permits to this environment.")
@now_option
@json_option
def list_(*, plan: Path | None, environment: str, now: datetime, as_json: bool) -> int:
    """List the permits beside PLAN and how each stands: it allows, it was used, or what is against it.

    Without PLAN those of all plans of the repository. Exit code 3 where there is none.
    """
    listed = [item for each in _plans(plan) for item in _permits(each, environment, now)]
    if as_json:
        print_json({"permits": [{**asdict(item), "file": str(item.file), "state": item.state} for item in listed]})
    else:
        for item in listed:
            what = f"{item.permit.environment} until {item.permit.expires}" if item.permit else "?"
            whose = "" if plan else f"{item.operation:20} "
            click.echo(f"{item.sha256[:12] or '-':12}  {whose}{what:45} {item.state:30} {item.file.name}")
    return ExitCode.PASSED if listed else ExitCode.NOTHING_TO_CHECK


def _plans(plan: Path | None) -> list[Path]:
    """Give the plan that was named, or all of the repository."""
    if plan is not None:
        return [plan]
    from rollback_gov.commands.operation_plan import plans_in
    from rollback_gov.commands.workspace import Workspace

    return plans_in(Workspace.around(Path.cwd()))


def _permits(plan: Path, environment: str, now: datetime) -> Iterator[ListedPermit]:
    from rollback_gov.commands.permit_list import permits_of

    return permits_of(make_request(plan, environment, now))
