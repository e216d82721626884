"""``rollback-gov status``."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from rollback_gov.cli.options import incidents_option, json_option, run_argument


@click.command("status")
@run_argument("latest")
@click.option("--all", "everything", is_flag=True, help="Every run in one table, the newest first.")
@click.option("--watch", is_flag=True, help="Look on until the run ends.")
@incidents_option
@json_option
def command(*, run: str, everything: bool, watch: bool, incidents: Path, as_json: bool) -> int:
    """Show how RUN stands (an id, a folder, or `latest`, which is the default).

    Its state is passed, failed or aborted, or running, waiting (for a person), interrupted or dead (its process is
    gone). What it waits for stands there with the command that answers it. The exit code is 0 for every run that there
    is; with --all a damaged journal is one line, and an error of none of the others.
    """
    from rollback_gov.cli.results import lane_lines
    from rollback_gov.commands.regions import lanes_in
    from rollback_gov.commands.runs import REGIONS
    from rollback_gov.commands.status import all_runs, look, regions_of
    from rollback_gov.outputs.run_document import run_document, run_row
    from rollback_gov.outputs.run_text import question_lines, run_lines, runs_table

    if everything and watch:
        raise click.UsageError("--watch looks at one run: name it, or leave --all out.")
    if everything:
        runs, now = all_runs(incidents), datetime.now(UTC)
        if as_json:
            click.echo(json.dumps([run_row(seen, now) for seen in runs], indent=2))
        else:
            click.echo("\n".join(runs_table(runs, now)) if runs else f"There are no runs in {incidents}.")
        return 0
    if watch:
        from rollback_gov.cli.status_watch import watch_run

        return watch_run(run, incidents, as_json=as_json)
    seen, now = look(run, incidents), datetime.now(UTC)
    regions = regions_of(seen)
    lanes = lanes_in(seen.folder) if (seen.folder / REGIONS).is_dir() else ()
    if as_json:
        document = run_document(seen, now) | {"regions": [lane.record for lane in lanes]}
        click.echo(json.dumps(document | ({"phases": []} if lanes else {}), indent=2))
    else:
        questions = (line for one in regions for line in question_lines(one))
        lines = [*run_lines(seen, now, lanes=lane_lines(lanes)), *questions]
        click.echo("\n".join(lines))
    return 0
