"""``rollback-gov triggers prove``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollback_gov.cli.options import json_option, plan_argument
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.triggers.proof.plan import PlanProof
    from rollback_gov.triggers.proof.prove import Played

_WORDS = {
    "fires": "fires",
    "dead": "fires when dead",
    "fine": "stays quiet",
    "almost": "stays quiet",
    "blind": "stays quiet",
}


@click.command("prove", short_help="Show that each trigger can fire, and can stay quiet.")
@plan_argument
@click.option(
    "--evidence", is_flag=True, help="Hold it against the proofs of the rehearsals beside PLAN; one has to be the same."
)
@json_option
def prove(*, plan: Path, evidence: bool, as_json: bool) -> int:
    """Show that each trigger of PLAN can fire, by a series that is made from its condition, and that it stays quiet
    when all is fine, when a breach ends just before, and when the monitoring fails. Each row of the decision is shown
    to be decided by some firing.

    For numbers of the baseline and for other queries, round numbers are assumed. `rehearse` does the same and puts it
    into the evidence; from level 3 on there is no permit without it.

    \b
    Exit codes:
      0  everything is proved
      1  a trigger or a row is not, with the reason;
         or, with --evidence, no rehearsal has recorded this very proof
    """
    from dataclasses import asdict

    from rollback_gov.commands.triggers_prove import SAME, prove_file, recorded
    from rollback_gov.outputs.words import printable
    from rollback_gov.triggers.proof.plan import proof_document

    loaded, proof = prove_file(plan)
    kept = recorded(loaded, proof) if evidence else ()
    if as_json:
        result = "not proved" if proof.problems else "proved"
        said = {"evidence": [asdict(one) for one in kept]} if evidence else {}
        click.echo(json.dumps({"result": result, "sha256": proof.sha256, **proof_document(proof), **said}, indent=2))
    else:
        for line in (*_lines(proof), *(f"{one.signature:10} {one.says}: {one.file}" for one in kept)):
            click.echo(printable(line))
    found = not evidence or any(one.says == SAME for one in kept)
    return ExitCode.PASSED if found and not proof.problems else ExitCode.FINDINGS


def _lines(proof: PlanProof) -> Iterator[str]:
    for one in proof.triggers:
        yield f"{'NOT PROVED' if one.problem else 'proved'}  {one.sentence}"
        yield from (f"  {_play(play)}" for play in one.played)
        if one.problem:
            yield f"  {one.problem}"
    for band in proof.bands:
        said = band.problem or f"decided when {' and '.join(band.triggers)} fired"
        yield f"{'NOT PROVED' if band.problem else 'proved'}  row {band.band} ({band.action}): {said}"
    every = len(proof.triggers) + len(proof.bands)
    yield f"{every - len(proof.problems)} of {every} proved; sha256 {proof.sha256}"


def _play(play: Played) -> str:
    after = f" after {play.fired_after}" if play.fired_after is not None else ""
    return f"{_WORDS[play.kind]}{after}, {play.readings} readings: {play.series}"
