"""``rollback-gov execute``."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollback_gov.cli.choices import choice_options, choose_scenario, reason_options
from rollback_gov.cli.on_github import GitHubWish, github_options
from rollback_gov.cli.options import (
    database_option,
    distributed_option,
    environment_option,
    ladder_option,
    leases_option,
    need_database,
    plan_argument,
    region_option,
    result_option,
)
from rollback_gov.cli.wishes import Wishes, run_options

if TYPE_CHECKING:
    from rollback_gov.commands.begin import RunOptions
    from rollback_gov.commands.run_summary import RunSummary
    from rollback_gov.commands.target import Target
    from rollback_gov.commands.world import World
    from rollback_gov.execution.itinerary import Choices
    from rollback_gov.model.reason import RollbackReason


@click.command("execute")
@plan_argument
@environment_option
@reason_options
@choice_options
@click.option(
    "--last-resort",
    default=None,
    metavar="REASON",
    help="Run the plan's last resort in the place of its phases; somebody has decided so.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be run; run, send and write nothing.")
@click.option(
    "--watch-after", "goes_on", is_flag=True, help="Then watch the plan's windows, as `watch --after RUN` does."
)
@region_option
@leases_option
@distributed_option
@database_option
@ladder_option
@result_option
@github_options
@run_options
def command(
    *,
    plan: Path,
    environment: str,
    reason: RollbackReason,
    choices: Choices,
    last_resort: str | None,
    dry_run: bool,
    goes_on: bool,
    region: str,
    leases: str,
    distributed: bool,
    database: str,
    no_ladder: bool,
    result_file: Path | None,
    github: GitHubWish,
    wishes: Wishes,
) -> int:
    """Roll back: run PLAN in an environment, phase by phase, against its SLA.

    The run survives the death of this process: `rollback-gov resume RUN` goes on where it stood. A missing permit does
    not stop a rollback; it is recorded. On a terminal, a plan with scenarios asks which one to take.

    A plan with regions is run in all of them, by its strategy, or in the one that --region names. With --distributed
    each region is rolled back by a worker of its own (`rollback-gov worker`).

    A rollback that failed walks the plan's escalation ladder until somebody takes over (`approve RUN failure`, or
    Ctrl-C) or the last rung is taken.

    Exit codes: 0 rolled back and verified, 5 the rollback failed, 1 it waits for a person, 130 interrupted. With
    --watch-after also 1 when a window after the rollback was alarmed or not measured.
    """
    from rollback_gov.cli.results import print_run

    target, terminal = wishes.target(plan, environment, region), wishes.terminal()
    if terminal.interactive and not choices.scenario and not dry_run and not last_resort:
        choices = replace(choices, scenario=choose_scenario(target.loaded.require()))
    if dry_run:
        return _dry_run(target, choices, as_json=wishes.as_json)
    options = _options(reason, choices, last_resort, wishes, ladder=not no_ladder)
    where = need_database(database) if distributed else ""
    with wishes.world(terminal) as alone, github.shown(alone, plan.parent) as world:
        summary = _roll_back(target, options, replace(world, leases=leases), database=where)
    print_run(summary, as_json=wishes.as_json, file=result_file)
    if goes_on and summary.windows:
        code = _watch_after(summary, target, wishes)
        github.report_again(str(summary.folder), target.incidents)
        return code
    return int(summary.exit_code)


def _dry_run(target: Target, choices: Choices, *, as_json: bool) -> int:
    from rollback_gov.commands.dry_run import dry_run_text
    from rollback_gov.execution.console import one_line

    lines = dry_run_text(target, choices, os.environ).splitlines()
    click.echo(json.dumps({"dry_run": lines}, indent=2) if as_json else "\n".join(map(one_line, lines)))
    return 0


def _options(
    reason: RollbackReason, choices: Choices, last_resort: str | None, wishes: Wishes, *, ladder: bool
) -> RunOptions:
    from rollback_gov.commands.begin import RunOptions

    if not reason.text.strip():
        raise click.UsageError("Say why there is a rollback: --reason TEXT.")
    if last_resort is not None and not last_resort.strip():
        raise click.UsageError("Say why the last resort is taken: --last-resort REASON.")
    return RunOptions(
        choices=choices,
        answers=wishes.answers(),
        last_resort=(last_resort or "").strip(),
        ladder=ladder,
        reason=replace(reason, decided_by=wishes.person),
    )


def _roll_back(target: Target, options: RunOptions, world: World, *, database: str) -> RunSummary:
    """Run one region, or several here, or several on workers where there is a database."""
    if database:
        from rollback_gov.commands.distributed import execute_distributed

        return execute_distributed(target, options, world, database)
    if target.is_regional:
        from rollback_gov.commands.regions import execute_regions

        return execute_regions(target, options, world)
    from rollback_gov.commands.execute import execute

    return execute(target, options, world)


def _watch_after(summary: RunSummary, target: Target, wishes: Wishes) -> int:
    from rollback_gov.cli.watch_after import watch_windows

    return watch_windows(
        str(summary.folder), target.incidents, dict(wishes.params), who=wishes.who, as_json=wishes.as_json
    )
