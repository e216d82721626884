"""``rollback-gov resume``."""

from __future__ import annotations

from pathlib import Path

import click

from rollback_gov.cli.on_github import GitHubWish, github_options
from rollback_gov.cli.options import (
    database_option,
    distributed_option,
    incidents_option,
    ladder_option,
    need_database,
    pairs,
    result_option,
    run_argument,
)
from rollback_gov.cli.wishes import Wishes, run_options


@click.command("resume")
@run_argument()
@click.option(
    "--settle",
    "settled",
    multiple=True,
    callback=pairs,
    metavar="STEP=ANSWER",
    help="What became of a step whose end is unknown: done, again or abort. STEP@2 means its second attempt; "
    "an answer that was given before does not count again without it.",
)
@click.option(
    "--from-mirror",
    "origin",
    default="",
    metavar="ADDRESS",
    help="Bring the journal from this mirror: the machine that ran RUN is gone.",
)
@incidents_option
@distributed_option
@database_option
@ladder_option
@result_option
@github_options
@run_options
def command(
    *,
    run: str,
    settled: dict[str, str],
    origin: str,
    incidents: Path,
    distributed: bool,
    database: str,
    no_ladder: bool,
    result_file: Path | None,
    github: GitHubWish,
    wishes: Wishes,
) -> int:
    """Go on with RUN (an id under incidents/, a folder, or `latest`, the latest that has not ended) after its process
    died or was interrupted.

    No finished step runs again. A step that was running is taken over if it still runs; if nobody knows how it ended,
    its `verify` is asked, or it runs again if it is idempotent, or a person decides. Exit codes are those of execute.

    With --from-mirror, RUN goes on from the copy of its journal, in the checkout here (the plan has to be the same).
    The copy may lack the last lines: what may have begun is verified or asked about, never repeated in silence.
    """
    from rollback_gov.cli.results import print_run
    from rollback_gov.commands.going_on import go_on
    from rollback_gov.execution.unknown import ANSWERS

    for step, answer in settled.items():
        if answer not in ANSWERS:
            raise click.UsageError(f"--settle {step}={answer}: the answer is one of {', '.join(ANSWERS)}.")
    answers, ladder, given = wishes.answers(settled), not no_ladder, wishes.params
    with wishes.world(wishes.terminal(), mirror=origin) as alone, github.shown(alone, incidents) as world:
        if distributed:
            from rollback_gov.commands.distributed import resume_distributed

            where = need_database(database)
            summary = resume_distributed(run, incidents, answers, given, world, database=where, ladder=ladder)
        else:
            summary = go_on(run, incidents, answers, given, world, ladder=ladder, mirror=origin)
    print_run(summary, as_json=wishes.as_json, file=result_file)
    return int(summary.exit_code)
