"""``rollback-gov resume``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from rollback_gov.cli.options import incidents_option, override_reasons, run_argument, run_options
from rollback_gov.cli.terminal import open_terminal, pairs, person


@click.command("resume")
@run_argument()
@click.option(
    "--settle",
    "settled",
    multiple=True,
    callback=pairs,
    metavar="STEP=ANSWER",
    help="What became of a step whose end is unknown: done, again or abort.",
)
@incidents_option
@run_options
def command(
    *,
    run: str,
    settled: dict[str, str],
    incidents: Path,
    no_questions: bool,
    overrides: tuple[str, ...],
    override_reason: str,
    point_of_no_return: str | None,
    params: dict[str, str],
    who: str,
    as_json: bool,
) -> int:
    """Go on with RUN (an id under incidents/, a folder, or `latest`) after its process died or was interrupted.

    No finished step runs again. A step that was running is taken over if it still runs; if nobody knows how it ended,
    its `verify` is asked, or it runs again if it is idempotent, or a person decides. Exit codes are those of execute.
    """
    from rollback_gov.cli.live import looked_on
    from rollback_gov.cli.results import print_run
    from rollback_gov.commands.execute import resume
    from rollback_gov.commands.session import World
    from rollback_gov.execution.runner import Answers
    from rollback_gov.execution.stop import Stop, stop_on_signals
    from rollback_gov.execution.unknown import ANSWERS

    for step, answer in settled.items():
        if answer not in ANSWERS:
            raise click.UsageError(f"--settle {step}={answer}: the answer is one of {', '.join(ANSWERS)}.")
    answers = Answers(
        overrides=override_reasons(overrides, override_reason),
        settle=settled,
        point_of_no_return=point_of_no_return or "",
    )
    terminal = open_terminal(ask=not no_questions, quiet=as_json)
    with stop_on_signals(Stop()) as stop, looked_on(terminal, os.environ) as (screen, hear):
        world = World(person=person(os.environ, who), environ=os.environ, console=screen, stop=stop, hear=hear)
        summary = resume(run, incidents, answers, params, world)
    print_run(summary, as_json=as_json)
    return int(summary.exit_code)
