"""``rollback-gov accept-existing``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from rollback_gov.cli.audited import note
from rollback_gov.cli.options import json_option, moment_of
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.finding import Severity


@click.command("accept-existing")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--owner", required=True, help="Who pays the debt off.")
@click.option("--approved-by", required=True, help="Who accepts it; somebody else.")
@click.option("--reason", default="Was there when the rules were adopted.", show_default=True, help="Why.")
@click.option("--ticket", default="", help="Where it is tracked.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day; default and limit: as long as the level of each plan allows.",
)
@click.option("--fail-on", type=click.Choice(["error", "warning"]), default="error", show_default=True)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="Write it as of that day, UTC.")
@json_option
def command(
    *,
    paths: tuple[Path, ...],
    owner: str,
    approved_by: str,
    reason: str,
    ticket: str,
    until: datetime | None,
    fail_on: str,
    today: datetime | None,
    as_json: bool,
) -> int:
    """Accept what is found today as debt with a date, so that the rules can be adopted.

    Every finding that fails is written to .rollback-gov/waivers.yaml, for review: by rule, operation and step, with
    their number. One more finding in the same place is new, and fails. What is about integrity, and a document
    that is no plan, cannot be accepted.

    \b
    rollback-gov accept-existing --owner payments --approved-by Ada
    rollback-gov accept-existing rollback/op-7 --owner payments --approved-by Ada --until 2027-01-31

    Exit code 1 when something fails that cannot be accepted.
    """
    from rollback_gov.commands.accept_existing import Acceptance, accept_existing
    from rollback_gov.commands.gate import gate_of
    from rollback_gov.commands.validate import Scope
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.outputs.words import counted, printable

    here = Path.cwd()
    workspace = Workspace.around(paths[0] if paths else here)
    acceptance = Acceptance(
        owner=owner, approved_by=approved_by, reason=reason, ticket=ticket, until=until.date() if until else None
    )
    done = accept_existing(
        workspace,
        Scope(root=workspace.root, working_directory=here, paths=paths),
        gate_of(workspace, moment_of(today), os.environ),
        acceptance,
        fail_on=Severity(fail_on),
    )
    _note(workspace.root, done.entries)
    code = ExitCode.FINDINGS if done.left else ExitCode.PASSED
    if as_json:
        left = [{"code": each.code, "place": str(each.place), "message": each.message} for each in done.left]
        click.echo(json.dumps({"accepted": list(done.entries), "left": left, "exit": code.word}, indent=2))
        return code
    what = f"{counted(done.findings, 'finding')} accepted as debt, in {counted(len(done.entries), 'waiver')}"
    click.echo(f"{what}: .rollback-gov/waivers.yaml" if done.entries else "There is nothing to accept.")
    for finding in done.left:
        click.echo(printable(f"Cannot be accepted: {finding.place}: {finding.code} {finding.message}"))
    return code


def _note(root: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    """Write down what was accepted, an entry for each operation."""
    for operation, group in groupby(sorted(entries, key=_operation), key=_operation):
        accepted = list(group)
        told = {name: accepted[0].get(name, "") for name in ("owner", "approved_by", "reason", "ticket")}
        rules = sorted({entry["rule"] for entry in accepted})
        findings = sum(entry["count"] for entry in accepted)
        until = max(entry["expires"] for entry in accepted)
        data = {**told, "rules": rules, "findings": findings, "until": until}
        note(root, "waivers.accepted", data, operation=operation)


def _operation(entry: Mapping[str, Any]) -> str:
    return str(entry["operation"])
