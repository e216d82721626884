"""``rollback-gov dashboard build``."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from rollback_gov.cli.options import incidents_option, json_option
from rollback_gov.cli.permit_options import now_option
from rollback_gov.model.duration import Duration
from rollback_gov.model.exit_codes import ExitCode


def beginning(_: click.Context, parameter: click.Parameter, value: str | None) -> datetime | Duration | None:
    """Read a day, or a span of time that ends with the time of the page."""
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        pass
    try:
        return Duration.parse(value)
    except ValueError:
        message = f"'{value}' is neither a day such as 2026-09-01 nor a span of time such as 90d."
        raise click.BadParameter(message, param=parameter) from None


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
    view = read_history(place, now, _begins(since, now))
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


def _begins(since: datetime | Duration | None, now: datetime) -> datetime | None:
    return now - timedelta(milliseconds=since.milliseconds) if isinstance(since, Duration) else since
