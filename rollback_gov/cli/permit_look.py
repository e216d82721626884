"""``rollback-gov permit show`` and ``list``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from rollback_gov.cli.options import json_option, plan_argument
from rollback_gov.cli.permit_options import make_request, now_option, print_json
from rollback_gov.model.exit_codes import ExitCode


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
def show(*, file: Path) -> int:
    """Print what the permit in FILE says. Says nothing about whether it counts: see `permit verify`."""
    from rollback_gov.records.permit import open_permit
    from rollback_gov.records.statement import read

    envelope = read(file)
    print_json({"sha256": envelope.sha256, **asdict(open_permit(envelope))})
    return ExitCode.PASSED


@click.command("list")
@plan_argument
@click.option("--environment", "-e", default="", help="Only permits to this environment.")
@now_option
@json_option
def list_(*, plan: Path, environment: str, now: datetime, as_json: bool) -> int:
    """List the permits beside PLAN and how each stands: it allows, it was used, or what is against it.

    Exit code 3 where there is none.
    """
    from rollback_gov.commands.permit_list import permits_of

    listed = list(permits_of(make_request(plan, environment, now)))
    if as_json:
        print_json({"permits": [{**asdict(item), "file": str(item.file), "state": item.state} for item in listed]})
    else:
        for item in listed:
            what = f"{item.permit.environment} until {item.permit.expires}" if item.permit else "?"
            click.echo(f"{item.sha256[:12] or '-':12}  {what:45} {item.state:30} {item.file.name}")
    return ExitCode.PASSED if listed else ExitCode.NOTHING_TO_CHECK
