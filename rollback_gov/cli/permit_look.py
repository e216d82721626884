"""``rollback-gov permit show``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from rollback_gov.cli.permit_options import print_json
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
