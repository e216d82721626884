"""``rollback-gov init``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollback_gov.cli.options import json_option
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.plans.scaffold import kinds

if TYPE_CHECKING:
    from rollback_gov.commands.init import Start


@click.command("init")
@click.option("--operation", default="", metavar="ID", help="Id of the change; default: the next free op-N.")
@click.option("--level", type=click.IntRange(1, 4), help="Certification level; default: 2.")
@click.option(
    "--kind",
    type=click.Choice(kinds()),
    metavar="KIND",
    help=f"What is rolled back: {', '.join(kinds())}; default: generic.",
)
@click.option("--service", default="", metavar="NAME", help="Name of the service; default: a gap in the plan.")
@click.option("--title", default="", metavar="TEXT", help="What the change is.")
@click.option("--owner", default="", metavar="NAME", help="Who answers for the plan; default: the user's name.")
@click.option("--yes", is_flag=True, help="Ask nothing: take the options and the defaults.")
@click.option("--dry-run", is_flag=True, help="Show the files; write nothing.")
@json_option
def command(
    *,
    operation: str,
    level: int | None,
    kind: str | None,
    service: str,
    title: str,
    owner: str,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Begin: a plan for an operation, and what stands around it.

    The plan has everything that its level demands. What only you can know is a gap, a word such as YOUR-SERVICE:
    `validate` finds each at its line, and nothing of the plan runs before they are filled in. Beside it come policy,
    waivers, environments and the workflow that checks pull requests, with the defaults and what they could say.

    No file is overwritten. On a terminal it asks for what no option says; with --yes or --json it asks nothing.

    \b
    rollback-gov init
    rollback-gov init --operation op-7 --level 3 --kind kubernetes --service payment-service
    rollback-gov init --kind terraform --yes --dry-run
    """
    from rollback_gov.cli.person import person
    from rollback_gov.commands.init import SERVICE_GAP, Wanted, next_operation, prepare, write
    from rollback_gov.commands.workspace import Workspace

    workspace = Workspace.around(Path.cwd())
    asks = not yes and not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    operation = operation or _ask(asks, "Operation", next_operation(workspace.root))
    level = level or _ask(asks, "Level: 2 standard, 3 advanced, 4 several regions", 2, type=click.IntRange(1, 4))
    kind = kind or _ask(asks, "Kind", "generic", type=click.Choice(kinds()))
    service = service or _ask(asks, "Service (Enter leaves it as a gap)", SERVICE_GAP, show_default=False)
    wanted = Wanted(
        operation=operation,
        level=level,
        kind=kind,
        service=service,
        title=title or f"Change {operation}",
        owner=owner or person(os.environ, ""),
    )
    start = prepare(workspace, wanted)
    if not dry_run:
        start = write(start)
    if as_json:
        click.echo(json.dumps(_document(start, wrote=not dry_run), indent=2))
    else:
        click.echo("\n".join(_dry(start) if dry_run else _lines(start)))
    return ExitCode.PASSED


def _ask(asks: bool, question: str, default: Any, **settings: Any) -> Any:
    return click.prompt(question, default=default, **settings) if asks else default


def _document(start: Start, *, wrote: bool) -> dict[str, Any]:
    """Say it for programs. ``state`` of a file is written, would be written, or kept."""
    new = "written" if wrote else "would be written"
    return {
        "root": str(start.root),
        "plan": start.plan,
        "files": [
            {"path": file.kept or file.path, "state": "kept" if file.kept else new}
            | ({} if wrote or file.kept else {"text": file.text})
            for file in start.files
        ],
        "gaps": [{"line": gap.line, "word": gap.word, "example": gap.example} for gap in start.gaps],
        "parameters": list(start.parameters),
        "secrets": list(start.secrets),
        "next": list(_next(start)),
    }


def _next(start: Start) -> Iterator[str]:
    yield f"rollback-gov validate {start.plan}"
    yield f"rollback-gov execute {start.plan} --environment production --dry-run"
    yield f"rollback-gov rehearse {start.plan} --environment staging"


def _dry(start: Start) -> Iterator[str]:
    """Show what would be written, file by file."""
    for file in start.files:
        yield f"--- {file.kept} is there, and stays" if file.kept else f"--- {file.path}"
        if not file.kept:
            yield file.text
    yield "Nothing was written."


def _lines(start: Start) -> Iterator[str]:
    """Say what was written, what is left to fill in, and the next three commands."""
    width = max(len(file.kept or file.path) for file in start.files)
    for file in start.files:
        yield f"{file.kept or file.path:<{width}}  {'is there, and stays as it is' if file.kept else 'written'}"
    yield ""
    if not start.files[0].kept:
        yield from _left(start)
    if not start.files[-1].kept:
        yield f"In {start.files[-1].path}, OWNER/rollback-gov@SHA is this program's repository, at a full commit id."
    yield ""
    yield "Next:"
    for command_line, why in zip(_next(start), _WHY, strict=True):
        yield f"  {command_line}"
        yield f"      {why}"


_WIDEST = 60
"""Characters of an example."""
_WHY = (
    "where the gaps are, and what the level demands",
    "every command of the rollback, without running one",
    "the rollback in staging, which a permit asks for",
)


def _left(start: Start) -> Iterator[str]:
    from rollback_gov.outputs.words import counted

    count = counted(len(start.gaps), "gap")
    yield f"{start.plan} has {count}. Nothing of it runs before they are filled in:"
    width = max(len(gap.word) for gap in start.gaps)
    for gap in start.gaps:
        yield f"  line {gap.line:>3}  {gap.word:<{width}}  such as {_short(gap.example)}"
    if start.parameters:
        names = ", ".join(start.parameters)
        yield f"In .rollback-gov/environments.yaml each environment needs a value for: {names}."
    if start.secrets:
        yield f"Secrets come from environment variables: {', '.join(start.secrets)}."


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
