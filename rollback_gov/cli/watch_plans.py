"""What ``rollback-gov watch`` does with plans: explain, watch, switch automatic rollbacks off and on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollback_gov.cli.on_github import GitHubWish
from rollback_gov.cli.terminal import open_terminal
from rollback_gov.cli.watch_screen import Screen
from rollback_gov.cli.wishes import Wishes
from rollback_gov.commands.begin import RunOptions
from rollback_gov.commands.execute import execute
from rollback_gov.commands.rollback_lease import fenced
from rollback_gov.commands.run_summary import RunSummary
from rollback_gov.commands.target import Target
from rollback_gov.commands.watch import WatchOptions, exit_code_of, rules_of, watch_all
from rollback_gov.commands.watch_metrics import open_metrics
from rollback_gov.commands.watch_opening import Watching
from rollback_gov.commands.watch_plans import set_armed, targets_of
from rollback_gov.commands.watched import Listener, WatchResult
from rollback_gov.commands.world import World
from rollback_gov.execution.console import SilentConsole
from rollback_gov.execution.itinerary import Choices
from rollback_gov.execution.regions.console import Chorus
from rollback_gov.execution.stop import Stop, stop_on_signals
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.reason import RollbackReason
from rollback_gov.triggers.narrative import explained, introduction

if TYPE_CHECKING:
    from rollback_gov.execution.console import Console
    from rollback_gov.triggers.line import Line
    from rollback_gov.triggers.terms import Terms
    from rollback_gov.triggers.tick import Rules
    from rollback_gov.triggers.watcher import Report

PATIENCE_SECONDS = 1800.0
"""An automatic rollback that a gate makes ask, asks people for this long unless --wait says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What was said on the command line."""

    plans: tuple[Path, ...]
    """None: every plan of the repository."""
    environment: str
    region: str
    options: WatchOptions
    wishes: Wishes
    leases: str
    ladder: bool
    metrics: str
    github: GitHubWish

    @property
    def is_told(self) -> bool:
        """What happens is told in words."""
        return not self.wishes.as_json


@dataclass(slots=True)
class _Plan:
    """One plan of the session, and the runs that its watch began."""

    target: Target
    rules: Rules
    runs: list[RunSummary] = field(default_factory=list)

    @property
    def operation(self) -> str:
        return self.target.loaded.require().metadata.operation


def explains(session: Session) -> int:
    """Print when each trigger fires and what follows, or one line of JSON for each plan."""
    for plan in _plans(session, partial(click.echo, err=not session.is_told)):
        if session.is_told:
            _introduce(plan, click.echo)
        else:
            named = {"operation": plan.operation, "environment": plan.target.environment}
            click.echo(json.dumps({**named, **explained(plan.rules)}))
    return ExitCode.PASSED


def arms(session: Session, reason: str) -> int:
    """Switch automatic rollbacks off for a reason, or on again without one."""
    for plan in _plans(session, click.echo):
        world = World(person=session.wishes.person, environ=os.environ, leases=session.leases)
        click.echo(f"{plan.operation} in {session.environment}: {set_armed(plan.target, world, reason)}")
    return ExitCode.PASSED


def watches(session: Session) -> int:
    """Watch until every plan has come to its end."""
    with _world(session) as (world, screen):
        plans = _plans(session, world.console.say)
        for plan in plans:
            _introduce(plan, screen.say)
        chorus = Chorus(screen)
        worlds = [world if len(plans) == 1 else replace(world, console=chorus.voice(plan.operation)) for plan in plans]
        with open_metrics(session.metrics) as metrics:
            listens = _listens(session, plans, screen)
            watching = [
                (
                    _watching(
                        session, plan, own, _both(listen, metrics.listener(plan.operation, plan.target.environment))
                    ),
                    own,
                )
                for plan, own, listen in zip(plans, worlds, listens, strict=True)
            ]
            results = watch_all(watching, world, session.options)
        for plan, result in zip(plans, results, strict=True):
            _tell(session, plan, result, screen, alone=len(plans) == 1)
    return exit_code_of(results)


def _plans(session: Session, say: Callable[[str], object]) -> list[_Plan]:
    """Load the plans. Of several, one that cannot be watched is said and left out."""
    wishes = session.wishes
    targets = targets_of(session.plans, lambda path: wishes.target(path, session.environment, session.region), say=say)
    return [
        _Plan(target, rules_of(target.loaded.require(), target.baseline_folder, session.options)) for target in targets
    ]


@contextmanager
def _world(session: Session) -> Iterator[tuple[World, Screen]]:
    wishes = session.wishes
    terminal: Console = open_terminal(ask=not wishes.no_questions) if session.is_told else SilentConsole()
    screen = Screen(terminal, live=sys.stdout.isatty() and session.is_told)
    with stop_on_signals(Stop()) as stop:
        yield (
            World(
                person=wishes.person,
                environ=os.environ,
                console=screen,
                stop=stop,
                patience=wishes.patience.seconds if wishes.patience else PATIENCE_SECONDS,
                leisure=wishes.patience.seconds if wishes.patience else 0.0,
                mirror=wishes.mirror,
                leases=session.leases,
            ),
            screen,
        )


def _introduce(plan: _Plan, say: Callable[[str], object]) -> None:
    say(f"Watching {plan.operation} in {plan.target.environment}:")
    for line in introduction(plan.rules):
        say(line)


def _listens(session: Session, plans: Sequence[_Plan], screen: Screen) -> list[Listener]:
    """Say who hears of each plan: the screen, or whoever reads lines of JSON."""
    if session.is_told:
        shows = screen.shows({plan.operation: plan.rules for plan in plans})
        return [Listener(ticked=_named(shows, plan.operation)) for plan in plans]
    return [Listener(logged=_printing("" if len(plans) == 1 else plan.operation)) for plan in plans]


def _named(shows: Callable[[str, Report], None], operation: str) -> Callable[[Report], None]:
    return lambda report: shows(operation, report)


def _printing(operation: str) -> Callable[[Line], None]:
    """Print the lines of a decision log; of several, each with the operation whose line it is."""
    if not operation:
        return lambda line: click.echo(line.text)
    return lambda line: click.echo(json.dumps({"operation": operation, "line": json.loads(line.text)}))


def _both(one: Listener, other: Listener) -> Listener:
    def ticked(report: Report) -> None:
        one.ticked(report)
        other.ticked(report)

    def logged(line: Line) -> None:
        one.logged(line)
        other.logged(line)

    return Listener(ticked=ticked, logged=logged)


def _watching(session: Session, plan: _Plan, world: World, listener: Listener) -> Watching:
    def roll_back(reason: RollbackReason, *, scenario: str, terms: Terms) -> int:
        options = RunOptions(
            choices=Choices(scenario=scenario),
            answers=session.wishes.answers(),
            reason=reason,
            ladder=session.ladder,
            doubts=terms.doubts,
            asked=terms.asked,
        )
        begun = fenced(world, terms.fence, terms.begun)
        with session.github.shown(begun, plan.target.loaded.folder) as shown:
            plan.runs.append(execute(plan.target, options, shown))
        return int(plan.runs[-1].exit_code)

    again = session.options.again
    return Watching(target=plan.target, rules=plan.rules, execute=roll_back, listener=listener, again=again)


def _tell(session: Session, plan: _Plan, result: WatchResult, screen: Screen, *, alone: bool) -> None:
    if not session.is_told:
        named = {} if alone else {"operation": plan.operation}
        click.echo(json.dumps(named | _document(result, plan.runs)))
        return
    from rollback_gov.cli.results import print_run

    for run in plan.runs:
        print_run(run, as_json=False)
    screen.say(f"The watch{'' if alone else f' of {plan.operation}'} is over: {result.text}.")


def _document(result: WatchResult, runs: Sequence[RunSummary]) -> dict[str, object]:
    return {
        "type": "result",
        "exit": ExitCode(result.exit_code).word,
        "text": result.text,
        "fired": result.fired,
        "blind": result.blind,
        "low_traffic": result.low_traffic,
        "ticks": result.ticks,
        "runs": [{"run": run.run, "result": run.result.result, "report": str(run.report)} for run in runs],
    }
