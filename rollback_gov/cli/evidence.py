"""``rollback-gov evidence``: list, show, diff, verify, acknowledge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rollback_gov.cli.audited import note
from rollback_gov.cli.evidence_text import print_diff, print_list, print_proof
from rollback_gov.cli.options import json_option, plan_argument
from rollback_gov.cli.permit_options import key_option, now_option, print_json, required_key
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.commands.evidence import EvidenceQuery

F = TypeVar("F", bound=Callable[..., Any])
file_option = click.option(
    "--file", type=click.Path(path_type=Path), help="The rehearsal; default: the newest of the whole plan."
)


@click.group("evidence")
def command() -> None:
    """The rehearsals of a plan: signed records in evidence/ beside it.

    \b
    list         which count, until when, and what is missing
    show         what one of them proved
    diff         what has changed in the plan since, and what is to be rehearsed again
    verify       signatures, schemas and trust of all of them
    acknowledge  a stakeholder has seen one, and says so with a key
    """


def judging(command: F) -> F:
    """Add the options that say how rehearsals are judged."""
    for option in (
        now_option,
        click.option("--environment", "-e", default="", help="Where the plan is to go: policy may ask for more there."),
        click.option("--level", type=click.IntRange(1, 4), default=None, help="Judge at this level; default: its own."),
    ):
        command = option(command)
    return command


@command.command("list")
@plan_argument
@judging
@json_option
def list_(*, plan: Path, level: int | None, environment: str, now: datetime, as_json: bool) -> int:
    """List the rehearsals of PLAN, the newest first. Exit code 1 where they are not enough, 3 where there is none."""
    from rollback_gov.commands.evidence import overview

    found = overview(_query(plan, level, environment, now))
    if as_json:
        print_json({**asdict(found), "enough": found.is_enough})
    else:
        print_list(found)
    if not found.rehearsals and not found.unreadable:
        return ExitCode.NOTHING_TO_CHECK
    return ExitCode.PASSED if found.is_enough else ExitCode.FINDINGS


@command.command("show")
@plan_argument
@file_option
@judging
@json_option
def show(*, plan: Path, file: Path | None, level: int | None, environment: str, now: datetime, as_json: bool) -> int:
    """Show what a rehearsal of PLAN proved, who was there, and who has seen it."""
    from rollback_gov.commands.evidence import chosen

    stored = chosen(_query(plan, level, environment, now), file)
    if as_json:
        print_json(asdict(stored))
        return ExitCode.PASSED
    print_proof(stored)
    return ExitCode.PASSED


@command.command("diff")
@plan_argument
@file_option
@judging
@json_option
def diff(*, plan: Path, file: Path | None, level: int | None, environment: str, now: datetime, as_json: bool) -> int:
    """Say what has changed in PLAN since it was rehearsed, value by value, and what is to be rehearsed again.

    Exit code 1 where something is. Rewording voids no rehearsal.
    """
    from rollback_gov.commands.evidence import since

    found = since(_query(plan, level, environment, now), file)
    if as_json:
        edits = None if found.edits is None else [{**asdict(one), "text": str(one)} for one in found.edits]
        print_json(
            {"rehearsal": found.stored.payload_sha256, "edits": edits, "parts": found.parts, "again": found.again}
        )
    else:
        print_diff(found)
    return ExitCode.FINDINGS if found.again else ExitCode.PASSED


@command.command("verify")
@plan_argument
@judging
@json_option
def verify(*, plan: Path, level: int | None, environment: str, now: datetime, as_json: bool) -> int:
    """Verify every record under evidence/ beside PLAN: its signature, its schema, and whether its key is trusted.

    Exit code 1 where one cannot be read or is not signed by a trusted rehearsal-runner, 3 where there is none.
    """
    from rollback_gov.commands.evidence import overview

    found = overview(_query(plan, level, environment, now))
    signatures = [(item.stored.file, item.stored.signature, item.stored.signer) for item in found.rehearsals]
    if as_json:
        said = [{"file": file, "signature": signature, "signer": signer} for file, signature, signer in signatures]
        print_json({"records": said, "unreadable": [item._asdict() for item in found.unreadable]})
    else:
        for file, signature, signer in signatures:
            click.echo(f"{signature:10} {signer or '-':16} {file}")
        for item in found.unreadable:
            click.echo(f"unreadable {'-':16} {item.file}: {item.reason}")
    if not signatures and not found.unreadable:
        return ExitCode.NOTHING_TO_CHECK
    good = not found.unreadable and all(signature == "trusted" for _, signature, _ in signatures)
    return ExitCode.PASSED if good else ExitCode.FINDINGS


@command.command("acknowledge")
@plan_argument
@file_option
@key_option
@click.option("--remark", default="", metavar="TEXT", help="What you want to say about it.")
@now_option
def acknowledge(*, plan: Path, file: Path | None, key: Path | None, remark: str, now: datetime) -> int:
    """Say with your own key (role stakeholder) that you have seen a rehearsal of PLAN. Level 4 asks for it."""
    from rollback_gov.commands.evidence import acknowledge as write

    query = _query(plan, None, "", now)
    path, person = write(query, file, required_key(key), remark)
    operation = query.loaded.require().metadata.operation
    note(query.workspace.root, "rehearsal.acknowledged", {"file": path.name}, operation=operation, who=person)
    click.echo(f"Acknowledged by {person}: {path}")
    return ExitCode.PASSED


def _query(plan: Path, level: int | None, environment: str, now: datetime) -> EvidenceQuery:
    from rollback_gov.commands.evidence import EvidenceQuery
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.plans.load import load_plan

    return EvidenceQuery(
        loaded=load_plan(plan),
        workspace=Workspace.around(plan),
        now=now,
        level=level or 0,
        environment=environment,
    )
