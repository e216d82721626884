"""``rollback-gov watch``."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollback_gov.cli.options import (
    duration,
    incidents_option,
    known_runs,
    ladder_option,
    pairs,
    region_option,
)
from rollback_gov.cli.terminal import open_terminal
from rollback_gov.cli.watch_screen import Screen
from rollback_gov.cli.wishes import Wishes, run_options
from rollback_gov.model.duration import Duration

PATIENCE_SECONDS = 1800.0
"""An automatic rollback whose safety check failed asks people, for this long unless --wait says otherwise."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rollback_gov.commands.begin import RunOptions
    from rollback_gov.commands.execute import RunSummary
    from rollback_gov.commands.target import Target
    from rollback_gov.commands.watch import WatchOptions, WatchResult
    from rollback_gov.commands.world import World
    from rollback_gov.model.reason import RollbackReason
    from rollback_gov.triggers.tick import Rules
    from rollback_gov.triggers.watcher import Report


@click.command("watch")
@click.argument("plan", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--environment", "-e", default="", help="Name in .rollback-gov/environments.yaml.")
@click.option(
    "--mode",
    type=click.Choice(["observe", "confirm", "auto"]),
    default=None,
    help="observe: only tell; confirm: ask at the terminal; auto: roll back. Default: the plan's.",
)
@click.option(
    "--every", callback=duration, metavar="DURATION", help="How often to read triggers without an own interval."
)
@click.option("--for", "limit", callback=duration, metavar="DURATION", help="Stop after this time.")
@click.option("--once", is_flag=True, help="Read every trigger once and stop; the state is kept for the next time.")
@click.option(
    "--explain", "only_explain", is_flag=True, help="Print when each trigger fires and what follows; read nothing."
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    callback=pairs,
    metavar="SIGNAL=NUMBER",
    help="Write down what people report, for triggers with a manual source, and stop.",
)
@click.option(
    "--after",
    default="",
    metavar="RUN",
    shell_complete=known_runs,
    help="Watch the windows after the rollback RUN (`watch_after`), without a PLAN.",
)
@incidents_option
@region_option
@ladder_option
@run_options
def command(
    *,
    plan: Path | None,
    environment: str,
    mode: Any,
    every: Duration | None,
    limit: Duration | None,
    once: bool,
    only_explain: bool,
    reports: dict[str, str],
    after: str,
    incidents: Path,
    no_ladder: bool,
    region: str,
    wishes: Wishes,
) -> int:
    """Watch the triggers of PLAN in an environment, and decide; or watch after the rollback RUN.

    Every change is one line. A watch that was stopped or killed goes on where it stood when it is started again within
    the hour. Monitoring that fails is reported and never rolls back.

    With --after, all windows of the plan run side by side from the end of the rollback: each evaluates its checks, and
    counts the alerts that began after the decision. Every look is a line of incidents/RUN/watch_after.jsonl. Started
    again it goes on, and what nobody looked at meanwhile counts as missed. At the end each window is QUIET (seen from
    end to end), ALARMED or NOT MEASURED, and the incident report says so.

    \b
    Exit codes:
      0    nothing fired, or the rollback passed; with --after, every window was quiet
      1    something fired and was only told or refused, or a trigger could at last not be evaluated;
           with --after, a window was alarmed or not measured
      5    the rollback ran and failed
      130  stopped
    """
    if after:
        from rollback_gov.cli.watch_after import watch_windows

        return watch_windows(after, incidents, dict(wishes.params), who=wishes.who, as_json=wishes.as_json)
    if plan is None or not environment:
        raise click.UsageError("Name a PLAN and its --environment, or a run: --after RUN.")
    from rollback_gov.commands.watch import WatchOptions, rules_of

    target = wishes.target(plan, environment, region)
    options = WatchOptions(mode=mode, every=every, limit=limit, once=once)
    rules = rules_of(target.loaded.require(), target.baseline_folder, options)
    with _world(wishes, told=not wishes.as_json or only_explain) as (world, screen):
        if reports:
            return _report(target, world, reports)
        _introduce(target, rules, screen)
        if only_explain:
            return 0
        run_options = _run_options(wishes, ladder=not no_ladder)
        return _watch(target, world, options, run_options, show=None if wishes.as_json else screen.shows(rules))


@contextmanager
def _world(wishes: Wishes, *, told: bool) -> Iterator[tuple[World, Screen]]:
    """Give the world of a watch; ``told``: what happens is told in words."""
    from rollback_gov.commands.world import World
    from rollback_gov.execution.console import SilentConsole
    from rollback_gov.execution.stop import Stop, stop_on_signals

    terminal = open_terminal(ask=not wishes.no_questions) if told else SilentConsole()
    screen = Screen(terminal, live=sys.stdout.isatty() and not wishes.as_json)
    waits = wishes.patience.seconds if wishes.patience else PATIENCE_SECONDS
    with stop_on_signals(Stop()) as stop:
        yield (
            World(
                person=wishes.person,
                environ=os.environ,
                console=screen,
                stop=stop,
                patience=waits,
                leisure=wishes.patience.seconds if wishes.patience else 0.0,
                mirror=wishes.mirror,
            ),
            screen,
        )


def _run_options(wishes: Wishes, *, ladder: bool) -> RunOptions:
    """Give how a rollback runs that the watch begins; its reason is what fired."""
    from rollback_gov.commands.begin import RunOptions
    from rollback_gov.model.reason import RollbackReason

    return RunOptions(answers=wishes.answers(), reason=RollbackReason(text=""), ladder=ladder)


def _introduce(target: Target, rules: Rules, screen: Screen) -> None:
    from rollback_gov.triggers.narrative import introduction

    operation = target.loaded.require().metadata.operation
    screen.say(f"Watching {operation} in {target.environment}:")
    for line in introduction(rules):
        screen.say(line)


def _report(target: Target, world: World, reports: dict[str, str]) -> int:
    from rollback_gov.commands.watch_sources import write_report

    for signal, number in reports.items():
        if not number.isascii() or not number.isdigit():
            raise click.BadParameter(f"'{number}' is not a whole number.", param_hint="--report")
        path = write_report(target, world, signal=signal, number=int(number))
        world.console.say(f"{number} {signal} written to {path}")
    return 0


def _watch(
    target: Target,
    world: World,
    options: WatchOptions,
    run_options: RunOptions,
    *,
    show: Callable[[Report], None] | None,
) -> int:
    from dataclasses import replace

    from rollback_gov.commands.execute import execute
    from rollback_gov.commands.watch import Listener, watch
    from rollback_gov.execution.itinerary import Choices

    runs: list[RunSummary] = []

    def roll_back(reason: RollbackReason, *, scenario: str) -> int:
        chosen = replace(run_options, choices=Choices(scenario=scenario), reason=reason)
        runs.append(execute(target, chosen, world))
        return int(runs[-1].exit_code)

    listener = Listener(ticked=show) if show else Listener(logged=lambda line: click.echo(line.text))
    result = watch(target, world, options, execute=roll_back, listener=listener)
    if show:
        _print_end(result, runs, world)
    else:
        _print_json(result, runs)
    return result.exit_code


def _print_end(result: WatchResult, runs: list[RunSummary], world: World) -> None:
    from rollback_gov.cli.results import print_run

    for run in runs:
        print_run(run, as_json=False)
    world.console.say(f"The watch is over: {result.text}.")


def _print_json(result: WatchResult, runs: list[RunSummary]) -> None:
    from rollback_gov.model.exit_codes import ExitCode

    document = {
        "type": "result",
        "exit": ExitCode(result.exit_code).word,
        "text": result.text,
        "fired": result.fired,
        "blind": result.blind,
        "ticks": result.ticks,
        "runs": [{"run": run.run, "result": run.result.result, "report": str(run.report)} for run in runs],
    }
    click.echo(json.dumps(document))
