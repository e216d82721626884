"""``rollback-gov dashboard build``."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from rollback_gov.cli.options import beginning, begins, incidents_option, json_option
from rollback_gov.cli.permit_options import now_option
from rollback_gov.model.duration import Duration
from rollback_gov.model.exit_codes import ExitCode


@click.command("build")
@incidents_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it there; default: dashboard.html by the runs.",
)
@click.option(
    "--since",
    callback=beginning,
    metavar="DAY|SPAN",
    help="Only rollbacks decided since 2026-09-01, or within the last 90d; default: all.",
)
@now_option
@json_option
def build(*, incidents: Path, out: Path | None, since: datetime | Duration | None, now: datetime, as_json: bool) -> int:
    """Write the history of all rollbacks as one page that needs nothing else, neither scripts nor a network.

    It answers first which services could not meet their SLA, and why. With --json the same facts are printed instead,
    and a page is written where --out says so.
    """
    from rollback_gov.commands.dashboard_build import PAGE, Place, read_history, write_page
    from rollback_gov.reports.dashboard.answer import answer

    place = Place(incidents=incidents, page=out or incidents / PAGE, environ=os.environ)
    view = read_history(place, now, begins(since, now))
    if out is not None or not as_json:
        write_page(view, place)
    if as_json:
        from rollback_gov.reports.dashboard.document import text

        click.echo(text(view))
    else:
        said = answer(view)
        click.echo(f"{said.headline}. {said.of}")
        click.echo(str(place.page))
    return ExitCode.PASSED
