"""What a person says on the command line about a run, and the world that follows from it: one room for all commands."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollback_gov.cli.options import as_option, duration, json_option, override_reasons, param_option
from rollback_gov.cli.person import person
from rollback_gov.cli.terminal import Terminal, open_terminal
from rollback_gov.execution.console import SilentConsole
from rollback_gov.model.duration import Duration
from rollback_gov.model.record import Record

if TYPE_CHECKING:
    from rollback_gov.commands.target import Target
    from rollback_gov.commands.world import World
    from rollback_gov.execution.answers import Answers

Command = Callable[..., int]


class Wishes(Record):
    """What is said beforehand, whatever is run. ``overrides`` are checks with their reasons."""

    no_questions: bool
    overrides: Mapping[str, str]
    point_of_no_return: str
    mirror: str
    patience: Duration | None
    params: Mapping[str, str]
    who: str
    as_json: bool

    @property
    def person(self) -> str:
        """Who is there."""
        return person(os.environ, self.who)

    def answers(self, settle: Mapping[str, str] | None = None) -> Answers:
        """Give what was answered beforehand; ``settle`` says what became of steps."""
        from rollback_gov.execution.answers import Answers

        return Answers(overrides=self.overrides, settle=settle or {}, point_of_no_return=self.point_of_no_return)

    def target(self, plan: Path, environment: str, region: str) -> Target:
        """Load the plan. Raises what loading raises."""
        from rollback_gov.commands.target import Target
        from rollback_gov.commands.workspace import Workspace
        from rollback_gov.plans.load import load_plan

        workspace = Workspace.around(plan)
        return Target(
            loaded=load_plan(plan), workspace=workspace, environment=environment, given=self.params, region=region
        )

    def terminal(self) -> Terminal | SilentConsole:
        """Open the terminal, where somebody may be asked."""
        return open_terminal(ask=not self.no_questions, quiet=self.as_json)

    @contextmanager
    def world(self, terminal: Terminal | SilentConsole, *, mirror: str = "") -> Iterator[World]:
        """Give the world of a run that people look on at, until it ends. ``mirror`` stands in where none was named."""
        from rollback_gov.cli.live import looked_on
        from rollback_gov.commands.world import World
        from rollback_gov.execution.stop import Stop, stop_on_signals

        waits = self.patience.seconds if self.patience else 0.0
        with stop_on_signals(Stop()) as stop, looked_on(terminal, os.environ) as (screen, hear):
            yield World(
                person=self.person,
                environ=os.environ,
                console=screen,
                stop=stop,
                hear=hear,
                patience=waits,
                leisure=waits,
                mirror=self.mirror or mirror,
            )


_OPTIONS = (
    click.option("--yes", "no_questions", is_flag=True, help="Never ask at the terminal (for CI)."),
    click.option(
        "--wait",
        "patience",
        callback=duration,
        metavar="DURATION",
        help="With nobody at the terminal, page people at each question and wait this long for `approve`. It helps "
        "where others see the folder of the run. Default: not at all; half an hour with `watch`.",
    ),
    click.option(
        "--override", "overrides", multiple=True, metavar="CHECK", help="Go on although this check failed; repeatable."
    ),
    click.option("--override-reason", default="", metavar="TEXT", help="Why; recorded for review."),
    click.option(
        "--point-of-no-return",
        type=click.Choice(["yes", "no"]),
        default=None,
        help="Whether it was passed, where that cannot be detected.",
    ),
    click.option(
        "--journal-mirror",
        "mirror",
        default="",
        metavar="ADDRESS",
        help="Copy the journal there while it is written: git:REF, http(s)://… or postgresql://….",
    ),
    param_option,
    as_option,
    json_option,
)


def run_options(command: Command) -> Command:
    """Add what a person may say beforehand about a run; the command gets it as ``wishes``."""

    @wraps(command)
    def collected(
        *,
        overrides: tuple[str, ...],
        override_reason: str,
        point_of_no_return: str | None,
        no_questions: bool,
        mirror: str,
        patience: Duration | None,
        params: dict[str, str],
        who: str,
        as_json: bool,
        **others: Any,
    ) -> int:
        wishes = Wishes(
            no_questions=no_questions,
            overrides=override_reasons(overrides, override_reason),
            point_of_no_return=point_of_no_return or "",
            mirror=mirror,
            patience=patience,
            params=params,
            who=who,
            as_json=as_json,
        )
        return command(wishes=wishes, **others)

    for option in _OPTIONS:
        collected = option(collected)
    return collected
