"""``rollback-gov metrics``."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollback_gov.cli.options import beginning, begins, json_option, pairs
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.model.duration import Duration


@click.command("metrics")
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write into this file, whole or not at all; a textfile collector wants a name that ends in .prom.",
)
@click.option("--push", "gateway", default="", metavar="URL", help="Hand them to this push gateway.")
@click.option("--job", default="rollback-gov", show_default=True, metavar="NAME", help="The job of a push.")
@click.option(
    "--group",
    "grouping",
    multiple=True,
    callback=pairs,
    metavar="NAME=VALUE",
    help="One more label of a push's grouping key, such as repository=shop; repeatable.",
)
@click.option(
    "--ca-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="PEM file of the authorities to trust for --push; default: the system's.",
)
@click.option(
    "--since",
    default="30d",
    show_default=True,
    callback=beginning,
    metavar="DAY|SPAN",
    help="How far back DORA's figures look: to a day such as 2026-09-01, or 90d. The counters count everything.",
)
@click.option("--dora", "as_table", is_flag=True, help="Print DORA's figures by service, for people.")
@click.option("--grafana", is_flag=True, help="Print a Grafana dashboard for these metrics instead.")
@click.option(
    "--incidents",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the runs; default: incidents/ in the repository's root.",
)
@json_option
def command(
    *,
    folder: Path,
    out: Path | None,
    gateway: str,
    job: str,
    grouping: dict[str, str],
    ca_file: Path | None,
    since: datetime | Duration,
    as_table: bool,
    grafana: bool,
    incidents: Path | None,
    as_json: bool,
) -> int:
    """Compute the metrics of the repository around FOLDER, by default the current one, and print them for Prometheus.

    Rollbacks, their duration and SLA, detection, phases, rehearsals, reviews and actions that are open, deployments and
    what became of them. What nobody measured is not there; it is never zero. Nothing is asked of the network.

    \b
    rollback-gov metrics --out /var/lib/prometheus/node-exporter/rollback.prom
    rollback-gov metrics --push http://pushgateway:9091 --group repository=shop
    rollback-gov metrics --dora --since 90d
    rollback-gov metrics --grafana > rollback-gov.json

    A push takes its credentials from ROLLBACK_GOV_PUSH_TOKEN, or ROLLBACK_GOV_PUSH_USERNAME and
    ROLLBACK_GOV_PUSH_PASSWORD. What cannot be read is said on standard error, and counted.
    """
    from rollback_gov.commands.metrics import dashboard, read_repository, write
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.reports.metrics.document import metrics_document
    from rollback_gov.reports.metrics.dora_text import dora_lines
    from rollback_gov.reports.metrics.fold import metrics

    if grafana and (gateway or as_table or as_json):
        raise click.UsageError("--grafana prints a dashboard and nothing else; only --out goes with it.")
    if grafana:
        return _give(dashboard(), out)
    now, workspace = datetime.now(UTC), Workspace.around(folder)
    window = now - (begins(since, now) or now)
    if window < timedelta():
        raise click.UsageError("--since lies in the future.")
    read = read_repository(
        workspace, incidents or workspace.root / "incidents", now=now, window=window, environ=os.environ
    )
    for problem in read.problems:
        click.echo(f"warning: {problem}", err=True)
    figures = metrics(read.material)
    if out is not None:
        write(out, figures.text)
    where = _push(figures.text, gateway, job, grouping, ca_file) if gateway else ""
    if as_json:
        click.echo(json.dumps(metrics_document(figures, now, read.problems), indent=2, ensure_ascii=False))
    elif as_table:
        click.echo("\n".join(dora_lines(figures.dora)))
    elif out is None and not gateway:
        click.echo(figures.text, nl=False)
    else:
        click.echo("\n".join([f"Written to {out}."] * (out is not None) + [f"Pushed to {where}."] * bool(where)))
    return ExitCode.PASSED


def _give(text: str, out: Path | None) -> int:
    from rollback_gov.commands.metrics import write

    if out is None:
        click.echo(text, nl=False)
    else:
        write(out, text)
        click.echo(f"Written to {out}.")
    return ExitCode.PASSED


def _push(text: str, url: str, job: str, grouping: dict[str, str], ca_file: Path | None) -> str:
    from rollback_gov.commands.metrics_push import Gateway, push

    return push(text, Gateway(url=url, job=job, grouping=grouping, environ=os.environ, ca_file=ca_file))
