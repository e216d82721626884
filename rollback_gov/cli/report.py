"""``rollback-gov report``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from rollback_gov.cli.options import incidents_option, json_option, run_argument
from rollback_gov.model.exit_codes import ExitCode


@click.group("report")
def command() -> None:
    """Documents about a run, written from its journal alone."""


@command.command("incident")
@run_argument("latest")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the report there.")
@click.option(
    "--to-github",
    "repository",
    default="",
    metavar="OWNER/NAME",
    help="Open the run's issue there, or update it; needs GITHUB_TOKEN.",
)
@incidents_option
@json_option
def incident(*, run: str, out: Path | None, repository: str, incidents: Path, as_json: bool) -> int:
    """Write the incident report of RUN (an id, a folder, or `latest`), as Markdown and JSON.

    Facts are filled in; what was not measured says NOT MEASURED. What people wrote between the `write` markers of an
    earlier report stays.
    """
    from rollback_gov.commands.report import publish_incident, write_incident
    from rollback_gov.commands.runs import find_run

    folder = find_run(incidents, run)
    report, record = write_incident(folder, out)
    written = {"report": str(report), "record": str(record)}
    if repository:
        written["issue"] = publish_incident(folder, repository, os.environ, out)
    if as_json:
        click.echo(json.dumps(written, indent=2))
    else:
        for name, where in written.items():
            click.echo(f"{name:<8}{where}")
    return ExitCode.PASSED
