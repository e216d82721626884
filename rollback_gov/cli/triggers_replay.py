"""``rollback-gov triggers replay``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollback_gov.cli.options import json_option
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.commands.triggers_replay import Replayed


@click.command("replay", short_help="Take every decision of a watch again, from its log.")
@click.argument("log", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--plan",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="The plan that was watched; default: the one of this operation in the repository around LOG.",
)
@json_option
def replay(*, log: Path, plan: Path | None, as_json: bool) -> int:
    """Take every decision of a watch again, out of the readings in LOG, and compare byte for byte.

    LOG is a decision log, or the folder of a watch: incidents/watch-OPERATION-ENVIRONMENT. A log of which a line was
    edited, added or removed is refused, with the number of the line. Lines that are missing at the end cannot be seen:
    compare the printed head with the one that was kept.

    \b
    Exit codes:
      0  the same, byte for byte
      1  another decision, with the first line that differs; or the log was changed
      2  there is no plan for it, or the log cannot be read
    """
    from rollback_gov.commands.triggers_replay import replay_logs
    from rollback_gov.outputs.words import printable

    replayed = replay_logs(log, plan)
    if as_json:
        documents = [{**asdict(one), "result": one.result} for one in replayed]
        click.echo(json.dumps({"logs": documents}, indent=2))
    else:
        for line in (line for one in replayed for line in _lines(one)):
            click.echo(printable(line))
    return ExitCode.PASSED if all(one.result == "same" for one in replayed) else ExitCode.FINDINGS


def _lines(one: Replayed) -> Iterator[str]:
    yield f"{one.result.upper():8} {one.log}"
    if one.problem:
        yield f"  {one.problem}"
        return
    yield f"  {one.lines} lines, {one.ticks} ticks, plan {one.plan}"
    for decision in one.decisions:
        yield f"  line {decision.line}, {decision.at}: {decision.action} ({decision.reason})"
    if one.begins > 1:
        yield f"  begins with line {one.begins}: the parts before it are not there"
    if one.torn:
        yield f"  {one.torn} bytes after the last line were torn by a crash; nothing acted on them"
    if one.line:
        yield f"  line {one.line} is not what these triggers give:"
        yield from (f"    {difference}" for difference in one.differences)
        yield from (f"  {note}" for note in [one.note] if note)
    yield f"  head {one.head}"
