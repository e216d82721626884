"""``rollback-gov rehearse``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollback_gov.cli.options import environment_option, plan_argument, region_option, result_option
from rollback_gov.cli.results import write_result
from rollback_gov.cli.wishes import Wishes, run_options
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.commands.rehearsal import RehearsalOptions, Rehearsed
    from rollback_gov.commands.target import Target


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
@result_option
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
    region: str,
    result_file: Path | None,
    wishes: Wishes,
) -> int:
    """Rehearse PLAN outside production: deploy the change, let it fail, roll back, and write evidence.

    Without --scenario the whole plan is rehearsed, then each of its scenarios. The evidence lies in evidence/ beside
    the plan, bound to exactly what ran; unsigned evidence (no --key) never satisfies level 3 or 4. Exit code 5 when a
    rehearsal failed or proved nothing.
    """
    from rollback_gov.commands.rehearsal import RehearsalOptions

    options = RehearsalOptions(
        scenarios=scenarios,
        automatic=not manual,
        participants=participants,
        acknowledged=acknowledged,
        key=key,
        answers=wishes.answers(),
    )
    rehearsals = _rehearse(wishes.target(plan, environment, region), options, wishes)
    failed = any(one.evidence.result != "passed" for one in rehearsals)
    code = ExitCode.ROLLBACK_FAILED if failed else ExitCode.PASSED
    written = [{"file": str(one.file), "result": one.evidence.result} for one in rehearsals]
    write_result(result_file, {"evidence": written, "exit": code.word})
    if wishes.as_json:
        click.echo(json.dumps({"evidence": written}, indent=2))
    return code


def _rehearse(target: Target, options: RehearsalOptions, wishes: Wishes) -> list[Rehearsed]:
    """Rehearse one after the other, and tell each when it is over."""
    from rollback_gov.commands.rehearse import rehearse

    rehearsals = []
    with wishes.world(wishes.terminal()) as world:
        for rehearsed in rehearse(target, options, world):
            rehearsals.append(rehearsed)
            for line in _lines(rehearsed, signed=bool(options.key)):
                world.console.say(line)
    return rehearsals


def _lines(rehearsed: Rehearsed, *, signed: bool) -> list[str]:
    from rollback_gov.cli.results import run_lines

    evidence = f"  evidence  {rehearsed.file}{'' if signed else ' (unsigned)'}"
    problems = [f"  problem   {problem}" for problem in rehearsed.evidence.problems]
    return [*run_lines(rehearsed.summary), evidence, *problems, ""]
