"""``rollback-gov cancel``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from rollback_gov.cli.options import as_option, incidents_option, json_option, run_argument
from rollback_gov.cli.person import person
from rollback_gov.model.exit_codes import ExitCode

PATIENCE_SECONDS = 15.0
"""A killed step has five seconds to end by itself."""


@click.command("cancel")
@run_argument()
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is recorded, with your name.")
@click.option("--after-step", is_flag=True, help="Let the step that runs end first.")
@incidents_option
@as_option
@json_option
def command(*, run: str, reason: str, after_step: bool, incidents: Path, who: str, as_json: bool) -> int:
    """End RUN from elsewhere. Nothing of it is lost: `rollback-gov resume RUN` goes on where it stood.

    Whoever cancels one region (RUN.REGION) cancels the whole run: the other regions end too.

    The step that runs is killed with all its children, or with --after-step ends first (a signal to the run's process
    always kills it). The run's own exit code is 130.

    \b
    Exit codes:
      0  the run has ended, or will after its step
      1  nobody runs it, or it did not notice within fifteen seconds
      2  it has ended already
    """
    from rollback_gov.commands.cancel import cancel
    from rollback_gov.commands.runs import whole_run
    from rollback_gov.execution.inbox import Cancel

    if not reason.strip():
        raise click.UsageError("Say why the run is to end: --reason TEXT.")
    wish = Cancel(by=person(os.environ, who), reason=reason.strip(), after_step=after_step)
    done = cancel(run, incidents, wish, patience=PATIENCE_SECONDS)
    text = _sentence(done.seen.run, noticed=done.noticed, ended=done.ended, after_step=after_step)
    if done.ended and done.seen.progress.result:
        text = f"{done.seen.run} has ended by itself, before the wish could end it: {done.seen.state}."
    if done.noticed and done.seen.progress.region and (whole := whole_run(done.seen.folder)):
        text = f"{text}\nIt is a region of {whole}: all of that run ends, the other regions too."
    if as_json:
        document = {"run": done.seen.run, "noticed": done.noticed, "ended": done.ended, "text": text}
        click.echo(json.dumps(document, indent=2))
    else:
        click.echo(text)
    return ExitCode.PASSED if done.ended or (done.noticed and after_step) else ExitCode.FINDINGS


def _sentence(run: str, *, noticed: bool, ended: bool, after_step: bool) -> str:
    if not noticed:
        return (
            f"{run} has not noticed: its process hangs, or sees another folder. The wish stays in its inbox.\n"
            f"See where it stands: rollback-gov status {run}"
        )
    if ended:
        return f"{run} has ended. Go on with: rollback-gov resume {run}"
    if after_step:
        return f"{run} ends after the step that runs. Look on: rollback-gov status {run} --watch"
    return f"{run} has noticed and is still ending its step. Look on: rollback-gov status {run} --watch"
