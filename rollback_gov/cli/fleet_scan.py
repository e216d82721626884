"""``rollback-gov fleet scan``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollback_gov.cli.fleet_progress import Progress
from rollback_gov.cli.options import duration, moment_of, outputs_of
from rollback_gov.model.duration import Duration
from rollback_gov.model.errors import UsageError
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.commands.fleet.scan import FailOn
    from rollback_gov.outputs.fleet.result import FleetReport

FORMATS = ("csv", "json", "text")


@click.command("scan")
@click.argument("organisation", metavar="[ORG]", default="")
@click.option(
    "--repos",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Scan the repositories that this file names, OWNER/NAME a line, in the place of an organisation's.",
)
@click.option(
    "--exclude", multiple=True, metavar="PATTERN", help="Leave out repositories by name, such as 'docs-*'; repeatable."
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    callback=outputs_of(FORMATS),
    metavar=f"[{'|'.join(FORMATS)}][=FILE]",
    help="Format, or FORMAT=FILE; may be repeated. Default: text.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that remembers: the next scan asks for what has changed, and an interrupted one goes on.",
)
@click.option("--anew", is_flag=True, help="Read everything again, whatever --state remembers.")
@click.option(
    "--fail-on",
    type=click.Choice(["any", "worse", "never"]),
    default="any",
    show_default=True,
    help="What exit code 1 is for; worse: only what the scan before in --state did not find.",
)
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]),
    help="Judge as of that day (its end) or time, UTC.",
)
@click.option("--jobs", type=click.IntRange(1, 16), default=4, show_default=True, help="Requests at the same time.")
@click.option(
    "--per-minute",
    type=click.IntRange(0),
    default=800,
    show_default=True,
    help="Requests a minute; 0: as many as go, for a server of your own.",
)
@click.option(
    "--reserve", type=click.IntRange(0), help="Requests of the hour that are left for others; default: a tenth."
)
@click.option(
    "--wait",
    default="15m",
    show_default=True,
    callback=duration,
    help="How long a rate limit is waited for, altogether.",
)
def scan(
    *,
    organisation: str,
    repos: Path | None,
    exclude: tuple[str, ...],
    outputs: list[tuple[str, str]],
    state: Path | None,
    anew: bool,
    fail_on: FailOn,
    today: datetime | None,
    jobs: int,
    per_minute: int,
    reserve: int | None,
    wait: Duration,
) -> int:
    """Say which services of ORG, or of the repositories in --repos, could not be rolled back today, and why.

    Reads the default branches through GitHub's API, with GITHUB_TOKEN (`contents: read`); nothing is cloned, and
    nothing of a repository is run. A service could be rolled back when one of its plans meets its level today: no
    finding stands against it, and its rehearsal is fresh.

    Exit codes: 0 all of them could, 1 some could not (see --fail-on), 2 the scan could not be finished (what was read
    is kept with --state), 3 there are no repositories.
    """
    if bool(organisation) == bool(repos):
        raise click.UsageError("Name an organisation, or a file with --repos.")
    if fail_on == "worse" and state is None:
        raise click.UsageError("--fail-on worse compares with the scan before: name its --state.")
    from rollback_gov.commands.fleet.scan import Fleet, Manner, exit_code
    from rollback_gov.commands.fleet.scan import scan as run
    from rollback_gov.github.fleet.traffic import Limits

    limits = Limits(per_minute=per_minute, reserve=reserve, patience=wait.seconds)
    manner = Manner(state=state, jobs=jobs, limits=limits, is_anew=anew)
    fleet = Fleet(organisation=organisation, file=repos, exclude=exclude)
    with Progress(sys.stderr) as progress:
        report = run(fleet, manner, os.environ, datetime.now(UTC), today=moment_of(today), tell=progress.tell)
    code = exit_code(report, fail_on)
    for name, file in outputs or [("text", "")]:
        _write(_written(name, report, code), file)
    return code


def _written(name: str, report: FleetReport, code: ExitCode) -> Iterator[str]:
    from rollback_gov.outputs.fleet import csv, json, text

    if name == "json":
        return json.parts(report, code)
    return csv.parts(report) if name == "csv" else text.parts(report)


def _write(parts: Iterator[str], file: str) -> None:
    if not file:
        for part in parts:
            click.echo(part, nl=False)
        return
    try:
        with Path(file).open("w", encoding="utf-8", errors="backslashreplace", newline="") as opened:
            opened.writelines(parts)
    except OSError as error:
        hint = "Check the folder, the permissions and the room on the disk."
        raise UsageError(f"Cannot write '{file}': {error.strerror or error}.", hint=hint) from error
