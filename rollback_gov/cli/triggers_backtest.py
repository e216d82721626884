"""``rollback-gov triggers backtest``."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollback_gov.cli.options import (
    duration,
    environment_option,
    json_option,
    param_option,
    plan_argument,
    region_option,
)
from rollback_gov.cli.person import person
from rollback_gov.model.duration import Duration
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.commands.target import Target
    from rollback_gov.triggers.backtest import Backtest, Question

PROGRESS_SECONDS = 2.0


@click.command("backtest", short_help="What triggers would have done, on the history of their metrics.")
@plan_argument
@environment_option
@click.option("--from", "begins", required=True, metavar="TIME", help="2026-11-03T14:30:00Z, or how long ago: 6d.")
@click.option("--to", "ends", default="0s", metavar="TIME", help="The same; default: now.")
@click.option(
    "--incidents",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    default=None,
    help="YAML with what really happened: incidents: [{name, from, to}].",
)
@click.option(
    "--incident",
    "spans",
    multiple=True,
    metavar="FROM/TO",
    help="What really happened, from one time to another; repeatable.",
)
@click.option(
    "--around",
    callback=duration,
    default="10m",
    show_default=True,
    metavar="DURATION",
    help="A rollback up to this long before an incident belongs to it: people notice later than metrics.",
)
@click.option("--every", callback=duration, metavar="DURATION", help="Interval of triggers without an own one.")
@click.option(
    "--like-prometheus",
    is_flag=True,
    help="Judge as Prometheus' own alerts with the same expressions would: infinity is a number, and no result starts "
    "a trigger anew.",
)
@region_option
@param_option
@json_option
def backtest(
    *,
    plan: Path,
    environment: str,
    begins: str,
    ends: str,
    file: Path | None,
    spans: tuple[str, ...],
    around: Duration,
    every: Duration | None,
    like_prometheus: bool,
    region: str,
    params: Mapping[str, str],
    as_json: bool,
) -> int:
    """Run the triggers of PLAN over the history of their metrics, and show when each would have fired.

    The same machines as in a watch read what Prometheus kept, at every multiple of their interval. What fired and is
    fine again can fire again. With incidents, it is shown how long before or after the beginning of each one a rollback
    would have been decided, and which rollbacks would have been false. Triggers whose sources only know of now (http,
    health, exec, openmetrics, alertmanager, manual) are named and left out.

    \b
    Exit codes:
      0  no incidents were named; or all were found, and nothing else
      1  an incident was missed, or a rollback was false
      2  wrong usage; or no trigger has a history that can be read
      3  there is no data in all that time
    """
    from rollback_gov.commands.target import Target
    from rollback_gov.commands.triggers_backtest import incidents_of
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.plans.load import load_plan
    from rollback_gov.triggers.backtest import Question

    target = Target(
        loaded=load_plan(plan),
        workspace=Workspace.around(plan),
        environment=environment,
        given=params,
        region=region,
    )
    question = Question(
        begins=_moment(begins, "--from"),
        ends=_moment(ends, "--to"),
        incidents=incidents_of(file, [_span(text) for text in spans]),
        around=around,
        every=every,
        like_prometheus=like_prometheus,
    )
    result = _run(target, question)
    _print(result, as_json=as_json)
    if result.saw_nothing:
        return ExitCode.NOTHING_TO_CHECK
    return ExitCode.PASSED if result.is_right else ExitCode.FINDINGS


def _run(target: Target, question: Question) -> Backtest:
    from rollback_gov.commands.triggers_backtest import backtest as run
    from rollback_gov.commands.world import World

    world = World(person=person(os.environ, ""), environ=os.environ)
    return run(target, world, question, told=_Progress().told)


def _print(result: Backtest, *, as_json: bool) -> None:
    from rollback_gov.outputs.backtest import backtest_document, backtest_text

    if as_json:
        click.echo(json.dumps(backtest_document(result), indent=2))
    else:
        for line in backtest_text(result):
            click.echo(line)
        if result.saw_nothing:
            click.echo("There is no data in all that time: nothing was tested.")


def _moment(text: str, option: str) -> float:
    from rollback_gov.commands.triggers_backtest import moment

    try:
        return moment(text, now=time.time())
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from None


def _span(text: str) -> tuple[str, str]:
    begins, slash, ends = text.partition("/")
    if not slash:
        raise click.BadParameter(f"'{text}' is not two times with a slash between them.", param_hint="--incident")
    return begins, ends


class _Progress:
    """Says how the reading goes on, on standard error, where it takes long."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def told(self, done: int, of: int) -> None:
        """Say it, unless it was said a moment ago."""
        if time.monotonic() - self._said >= PROGRESS_SECONDS:
            self._said = time.monotonic()
            print(f"{done} of {of} ranges of history are read", file=sys.stderr, flush=True)
