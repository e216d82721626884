"""``rollback-gov rehearse``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollback_gov.cli.options import environment_option, override_reasons, plan_argument, region_option, run_options
from rollback_gov.cli.terminal import open_terminal, person
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.commands.rehearsal import Rehearsed


@click.command("rehearse")
@plan_argument
@environment_option
@click.option(
    "--scenario", "scenarios", multiple=True, metavar="ID", help="Only this one; repeatable; `full` is the whole plan."
)
@click.option("--manual", is_flag=True, help="Start the rollback by hand; inject no failure.")
@click.option("--participant", "participants", multiple=True, metavar="NAME", help="Who takes part; repeatable.")
@click.option("--acknowledged-by", "acknowledged", multiple=True, metavar="NAME", help="Stakeholder who has seen it.")
@click.option("--key", type=click.Path(path_type=Path, exists=True), help="Private key that signs the evidence.")
@region_option
@run_options
def command(
    *,
    plan: Path,
    environment: str,
    scenarios: tuple[str, ...],
    manual: bool,
    participants: tuple[str, ...],
    acknowledged: tuple[str, ...],
    key: Path | None,
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
    """Rehearse PLAN outside production: deploy the change, let it fail, roll back, and write evidence.

    Without --scenario the whole plan is rehearsed, then each of its scenarios. The evidence lies in evidence/ beside
    the plan, bound to exactly what ran; unsigned evidence (no --key) never satisfies level 3 or 4. Exit code 5 when a
    rehearsal failed or proved nothing.
    """
    from rollback_gov.cli.live import looked_on
    from rollback_gov.commands.rehearsal import RehearsalOptions
    from rollback_gov.commands.rehearse import rehearse
    from rollback_gov.commands.target import Target
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.commands.world import World
    from rollback_gov.execution.answers import Answers
    from rollback_gov.execution.stop import Stop, stop_on_signals
    from rollback_gov.plans.load import load_plan

    answers = Answers(
        overrides=override_reasons(overrides, override_reason), point_of_no_return=point_of_no_return or ""
    )
    options = RehearsalOptions(
        scenarios=scenarios,
        automatic=not manual,
        participants=participants,
        acknowledged=acknowledged,
        key=key,
        answers=answers,
    )
    target = Target(
        loaded=load_plan(plan), workspace=Workspace.around(plan), environment=environment, given=params, region=region
    )
    failed, written, terminal = False, [], open_terminal(ask=not no_questions, quiet=as_json)
    with stop_on_signals(Stop()) as stop, looked_on(terminal, os.environ) as (screen, hear):
        me = person(os.environ, who)
        world = World(person=me, environ=os.environ, console=screen, stop=stop, hear=hear, mirror=mirror)
        for rehearsed in rehearse(target, options, world):
            failed |= rehearsed.evidence.result != "passed"
            written.append({"file": str(rehearsed.file), "result": rehearsed.evidence.result})
            for line in _lines(rehearsed, signed=bool(key)):
                screen.say(line)
    if as_json:
        click.echo(json.dumps({"evidence": written}, indent=2))
    return ExitCode.ROLLBACK_FAILED if failed else ExitCode.PASSED


def _lines(rehearsed: Rehearsed, *, signed: bool) -> list[str]:
    from rollback_gov.cli.results import run_lines

    evidence = f"  evidence  {rehearsed.file}{'' if signed else ' (unsigned)'}"
    problems = [f"  problem   {problem}" for problem in rehearsed.evidence.problems]
    return [*run_lines(rehearsed.summary), evidence, *problems, ""]
