"""``rollback-gov import``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.commands.import_runbook import Imported


@click.command("import")
@click.argument("runbook", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the draft there, not to stdout; further plans beside it. Nothing is overwritten.",
)
@click.option("--json", "as_json", is_flag=True, help="Say what was taken and what was not as JSON.")
def command(*, runbook: Path, out: Path | None, as_json: bool) -> int:
    """Draft a plan from a runbook in Markdown.

    \b
    rollback-gov import RUNBOOK.md
    rollback-gov import RUNBOOK.md -o rollback/op-7/plan.yaml

    Every value of the draft says the line it comes from. What the runbook does not say is not made up: it is a gap,
    which `validate` reports, and a plan with gaps is neither rehearsed nor executed.
    """
    from rollback_gov.commands.import_runbook import import_runbook, targets, write

    imported = import_runbook(runbook)
    paths = targets(out, imported) if out is not None else []
    if out is not None:
        write(paths, imported)
    if as_json:
        click.echo(json.dumps(_document(runbook, imported, paths), indent=2, ensure_ascii=False))
    else:
        _say(runbook, imported, paths)
    return ExitCode.PASSED if imported else ExitCode.NOTHING_TO_CHECK


def _say(runbook: Path, imported: Sequence[Imported], paths: Sequence[Path]) -> None:
    if not imported:
        click.echo(f"{runbook} has nothing to import: no section of it has steps of a rollback.", err=True)
        click.echo("docs/importing.md says what is recognised, and how to teach it your words.", err=True)
        return
    for index, one in enumerate(imported):
        if not paths:
            click.echo(("---\n" if index else "") + one.text, nl=False)
        account = one.account
        click.echo(f"{paths[index] if paths else runbook}: {account.sentence}", err=True)
        left = account.not_understood
        if left:
            shown = ", ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in left[:12])
            lines = "line" if account.lines_not_understood == 1 else "lines"
            click.echo(f"  not understood: {lines} {shown}{', …' if len(left) > 12 else ''}", err=True)
    if imported[0].plan:
        click.echo(f"{runbook} is a plan already: `rollback-gov validate {runbook}` takes it as it is.", err=True)
    if paths:
        click.echo(f"Next: rollback-gov validate {paths[0]}", err=True)
    elif len(imported) > 1:
        click.echo(f"{len(imported)} plans: with -o each becomes a file of its own.", err=True)


def _document(runbook: Path, imported: Sequence[Imported], paths: Sequence[Path]) -> dict[str, Any]:
    plans = []
    for index, one in enumerate(imported):
        account = one.account
        told = {name: getattr(account, name) for name in ("title", "phases", "steps", "manual", "triggers")}
        told |= {"scenarios": account.scenarios, "checks": account.checks, "summary": account.sentence}
        told["gaps"] = [{"at": gap.at, "missing": gap.missing, "line": gap.line or None} for gap in account.gaps]
        told |= {"placeholders": list(account.placeholders), "windows": list(account.windows)}
        told |= {"found": account.found, "rehearsals": list(account.rehearsals)}
        told |= {"encoding": account.encoding or "utf-8", "lines_not_understood": account.lines_not_understood}
        told["not_understood"] = [list(run) for run in account.not_understood]
        plans.append(told | ({"file": str(paths[index])} if paths else {"draft": one.text}))
    return {"runbook": str(runbook), "plans": plans}
