"""``rollback-gov execute``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from rollback_gov.cli.options import (
    database_option,
    distributed_option,
    environment_option,
    ladder_option,
    need_database,
    override_reasons,
    patience_option,
    plan_argument,
    region_option,
    run_options,
)
from rollback_gov.cli.terminal import open_terminal, pairs, person
from rollback_gov.model.duration import Duration


@click.command("execute")
@plan_argument
@environment_option
@click.option("--reason", default="", metavar="TEXT", help="Why there is a rollback: alert, value, impact.")
@click.option("--impact", default="", metavar="TEXT", help="Who notices, for the record.")
@click.option("--quick-fix", default="", metavar="TEXT", help="What was tried before, for the record.")
@click.option("--authorised-by", default="", metavar="PERSON", help="Who authorised it, for the record.")
@click.option("--scenario", default="", metavar="ID", help="Run only this partial rollback.")
@click.option(
    "--option", "options", multiple=True, callback=pairs, metavar="PHASE=ID", help="Take this alternative first."
)
@click.option("--from", "start_at", default="", metavar="PHASE", help="Start at this phase; asks for --because.")
@click.option("--skip", "skips", multiple=True, metavar="PHASE/STEP", help="Leave a step out; asks for --because.")
@click.option("--because", default="", metavar="TEXT", help="Reason for --from and --skip; recorded.")
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
@distributed_option
@database_option
@ladder_option
@patience_option
@run_options
def command(
    *,
    plan: Path,
    environment: str,
    reason: str,
    impact: str,
    quick_fix: str,
    authorised_by: str,
    scenario: str,
    options: dict[str, str],
    start_at: str,
    skips: tuple[str, ...],
    because: str,
    last_resort: str | None,
    dry_run: bool,
    distributed: bool,
    database: str,
    goes_on: bool,
    no_ladder: bool,
    patience: Duration | None,
    no_questions: bool,
    overrides: tuple[str, ...],
    override_reason: str,
    point_of_no_return: str | None,
    mirror: str,
    params: dict[str, str],
    region: str,
    who: str,
    as_json: bool,
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
    from rollback_gov.cli.live import looked_on
    from rollback_gov.commands.begin import RunOptions
    from rollback_gov.commands.target import Target
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.commands.world import World
    from rollback_gov.execution.answers import Answers
    from rollback_gov.execution.itinerary import Choices
    from rollback_gov.execution.stop import Stop, stop_on_signals
    from rollback_gov.model.reason import RollbackReason
    from rollback_gov.plans.load import load_plan

    if (start_at or skips) and not because.strip():
        raise click.UsageError("--from and --skip need a reason: --because TEXT.")
    loaded = load_plan(plan)
    target = Target(
        loaded=loaded, workspace=Workspace.around(plan), environment=environment, given=params, region=region
    )
    terminal = open_terminal(ask=not no_questions, quiet=as_json)
    if terminal.interactive and not scenario and not dry_run and not last_resort:
        scenario = _choose_scenario(loaded.require())
    choices = Choices(scenario=scenario, options=options, start_at=start_at, skip=dict.fromkeys(skips, because))
    if dry_run:
        from rollback_gov.commands.dry_run import dry_run_text

        text = dry_run_text(target, choices, os.environ)
        click.echo(json.dumps({"dry_run": text.splitlines()}, indent=2) if as_json else text)
        return 0
    if not reason.strip():
        raise click.UsageError("Say why there is a rollback: --reason TEXT.")
    if last_resort is not None and not last_resort.strip():
        raise click.UsageError("Say why the last resort is taken: --last-resort REASON.")
    me = person(os.environ, who)
    run_options = RunOptions(
        choices=choices,
        answers=Answers(
            overrides=override_reasons(overrides, override_reason), point_of_no_return=point_of_no_return or ""
        ),
        last_resort=(last_resort or "").strip(),
        ladder=not no_ladder,
        reason=RollbackReason(
            text=reason, decided_by=me, impact=impact, quick_fix=quick_fix, authorised_by=authorised_by
        ),
    )
    with stop_on_signals(Stop()) as stop, looked_on(terminal, os.environ) as (screen, hear):
        waits = patience.seconds if patience else 0.0
        world = World(
            person=me, environ=os.environ, console=screen, stop=stop, hear=hear, patience=waits, mirror=mirror
        )
        if distributed:
            from rollback_gov.commands.distributed import execute_distributed

            summary = execute_distributed(target, run_options, world, need_database(database))
        elif target.is_regional:
            from rollback_gov.commands.regions import execute_regions

            summary = execute_regions(target, run_options, world)
        else:
            from rollback_gov.commands.execute import execute

            summary = execute(target, run_options, world)
    from rollback_gov.cli.results import print_run

    print_run(summary, as_json=as_json)
    if goes_on and summary.windows:
        from rollback_gov.cli.watch_after import watch_windows

        return watch_windows(str(summary.folder), target.incidents, params, who=who, as_json=as_json)
    return int(summary.exit_code)


def _choose_scenario(plan: object) -> str:
    """Show every scenario's `use_when` and ask. Enter takes the whole plan."""
    from rollback_gov.model.plan import Plan

    assert isinstance(plan, Plan)
    if not plan.scenarios:
        return ""
    click.echo("Which rollback?\n  0  the whole plan")
    for number, scenario in enumerate(plan.scenarios, 1):
        click.echo(f"  {number}  {scenario.id}: {scenario.use_when} (SLA {scenario.sla or 'of the plan'})")
    chosen: int = click.prompt("Number", default=0, type=click.IntRange(0, len(plan.scenarios)))
    return plan.scenarios[chosen - 1].id if chosen else ""
