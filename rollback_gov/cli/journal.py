"""``rollback-gov journal``: show, verify, export."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rollback_gov.cli.options import database_option, incidents_option, json_option, need_database
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.commands.look import Source

F = TypeVar("F", bound=Callable[..., Any])


def _which(command: F) -> F:
    """Add how a journal is named."""
    mirror = click.option("--from-mirror", "mirror", default="", metavar="ADDRESS", help="Read it from this mirror.")
    workers = click.option("--distributed", is_flag=True, help="Read it from --database, where workers keep it.")
    return click.argument("run", default="latest")(incidents_option(mirror(workers(database_option(command)))))


def _source(run: str, incidents: Path, mirror: str, *, distributed: bool, database: str) -> Source:
    from rollback_gov.commands.look import Source

    where = need_database(database) if distributed else ""
    return Source(run=run, incidents=incidents, mirror=mirror, environ=os.environ, database=where)


@click.group("journal")
def command() -> None:
    """Look into the journal of a run: the append-only log that is the run's only state, and its evidence.

    RUN is an id under incidents/, a folder, a file of journal lines, or `latest`. With --from-mirror it is the whole
    id, and the address is one of git:REF, http(s)://HOST/PATH, postgresql://USER@HOST/DATABASE. With --distributed it
    is the whole id, or RUN.REGION, in the database of the workers.

    \b
    Examples:
      rollback-gov journal show latest --follow
      rollback-gov journal verify op-7-20260131-120000-execute
      rollback-gov journal export op-7-20260131-120000-execute --output journal.jsonl
      rollback-gov journal show op-7-20260131-120000-execute --from-mirror git:
    """


@command.command("show", short_help="Print the events of a run, one a line.")
@_which
@click.option(
    "--follow", "-f", is_flag=True, help="Go on with each line as it is written, until the run's process ends."
)
@json_option
def show(
    *, run: str, incidents: Path, mirror: str, distributed: bool, database: str, follow: bool, as_json: bool
) -> int:
    """Print the events of RUN, one a line: number, time of day (UTC), type, and what happened.

    With --json the lines are printed as they are in the journal. Exit code 2 for a journal whose chain is broken.
    """
    import time

    from rollback_gov.cli.terminal import open_terminal
    from rollback_gov.commands.look import entries
    from rollback_gov.commands.look import follow as follow_entries
    from rollback_gov.execution.console import SafeConsole
    from rollback_gov.reports.listing import listed

    if follow and (mirror or distributed):
        raise click.UsageError("--follow reads the journal here; it does not go with --from-mirror or --distributed.")
    source = _source(run, incidents, mirror, distributed=distributed, database=database)
    console = SafeConsole(open_terminal(ask=False), str)
    for event, line in follow_entries(source, time.sleep) if follow else entries(source):
        if as_json:
            click.echo(line, nl=False)
        else:
            console.say(listed(event))
    return ExitCode.PASSED


@command.command("verify", short_help="Check that no byte of a journal was changed.")
@_which
@json_option
def verify(*, run: str, incidents: Path, mirror: str, distributed: bool, database: str, as_json: bool) -> int:
    """Check that no byte of the journal of RUN was changed, and no line added or removed before its last.

    Prints how many events there are, and the sha256 of the last line: whoever keeps it can tell later whether lines
    were cut off the end. Exit code 1 for a broken chain, with the number of the line.
    """
    from rollback_gov.commands.look import verify as verify_journal

    verified = verify_journal(_source(run, incidents, mirror, distributed=distributed, database=database))
    if as_json:
        click.echo(json.dumps(asdict(verified), indent=2))
    elif verified.problem:
        click.echo(f"BROKEN  {verified.problem}")
    else:
        click.echo(f"whole   {verified.name}\nevents  {verified.events}\nhead    {verified.head}")
        if verified.torn:
            click.echo(f"torn    {verified.torn} bytes after the last line; nothing acted on them")
    return ExitCode.FINDINGS if verified.problem else ExitCode.PASSED


@command.command("export", short_help="Give the lines of a journal as they were written.")
@_which
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def export(*, run: str, incidents: Path, mirror: str, distributed: bool, database: str, output: Path | None) -> int:
    """Give the journal of RUN as JSON lines, byte by byte as they were written, to standard output or a file.

    A torn last line is left out, because nothing acted on it. Exit code 2 for a journal whose chain is broken.
    """
    from rollback_gov.commands.look import export as export_lines
    from rollback_gov.model.errors import UsageError

    lines = export_lines(_source(run, incidents, mirror, distributed=distributed, database=database))
    if output is None:
        click.echo(lines, nl=False)
        return ExitCode.PASSED
    try:
        output.write_bytes(lines)
    except OSError as error:
        raise UsageError(f"Cannot write {output}: {error.strerror}.") from error
    events = lines.count(b"\n")
    click.echo(f"{events} events written to {output}", err=True)
    return ExitCode.PASSED
