"""``rollback-gov evidence``: list, show, diff, verify, acknowledge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rollback_gov.cli.audited import note
from rollback_gov.cli.options import json_option, plan_argument
from rollback_gov.cli.permit_options import key_option, now_option, print_json, required_key
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.commands.evidence import EvidenceQuery, Overview, Since, Standing

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
def list_(*, plan: Path, level: int | None, environment: str, now: datetime | None, as_json: bool) -> int:
    """List the rehearsals of PLAN, the newest first. Exit code 1 where they are not enough, 3 where there is none."""
    from rollback_gov.commands.evidence import overview

    found = overview(_query(plan, level, environment, now))
    if as_json:
        print_json({**asdict(found), "enough": found.is_enough})
    else:
        _print_list(found)
    if not found.rehearsals and not found.unreadable:
        return ExitCode.NOTHING_TO_CHECK
    return ExitCode.PASSED if found.is_enough else ExitCode.FINDINGS


@command.command("show")
@plan_argument
@file_option
@judging
@json_option
def show(
    *, plan: Path, file: Path | None, level: int | None, environment: str, now: datetime | None, as_json: bool
) -> int:
    """Show what a rehearsal of PLAN proved, who was there, and who has seen it."""
    from rollback_gov.commands.evidence import chosen
    from rollback_gov.records.text import one_line

    stored = chosen(_query(plan, level, environment, now), file)
    if as_json:
        print_json(asdict(stored))
        return ExitCode.PASSED
    proof = stored.evidence
    scope = f"scenario {proof.scenario}" if proof.scenario else "the whole plan"
    versions = f"{proof.version_before or '?'} -> {proof.version_deployed or '?'} -> {proof.version_restored or '?'}"
    signer = f" by {stored.signer}" if stored.signer else ""
    for line in (
        f"{proof.kind} of {scope} of {proof.operation} in {proof.environment}: {proof.result}",
        f"  record     {stored.payload_sha256[:12]}, {stored.signature}{signer}: {stored.file}",
        f"  run        {proof.run}, {proof.started} to {proof.finished}",
        f"  took       {proof.seconds:g} s of {proof.sla_seconds:g} s",
        f"  started    {' by trigger '.join(filter(None, (proof.triggered, proof.trigger)))}",
        f"  versions   {versions}",
        *(f"  {path}: {seconds:g} s" for path, seconds in proof.phase_seconds.items()),
        *(f"  check {one.check}: {one.result} (expected {one.expected}, saw {one.observed})" for one in proof.checks),
        f"  there      {', '.join(proof.participants) or 'nobody'}",
        f"  seen by    {', '.join(proof.acknowledged) or 'nobody'}",
        *(f"  PROBLEM    {problem}" for problem in proof.problems),
    ):
        click.echo(one_line(line))
    return ExitCode.PASSED


@command.command("diff")
@plan_argument
@file_option
@judging
@json_option
def diff(
    *, plan: Path, file: Path | None, level: int | None, environment: str, now: datetime | None, as_json: bool
) -> int:
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
        _print_diff(found)
    return ExitCode.FINDINGS if found.again else ExitCode.PASSED


@command.command("verify")
@plan_argument
@judging
@json_option
def verify(*, plan: Path, level: int | None, environment: str, now: datetime | None, as_json: bool) -> int:
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
def acknowledge(*, plan: Path, file: Path | None, key: Path | None, remark: str, now: datetime | None) -> int:
    """Say with your own key (role stakeholder) that you have seen a rehearsal of PLAN. Level 4 asks for it."""
    from rollback_gov.commands.evidence import acknowledge as write

    query = _query(plan, None, "", now)
    path, person = write(query, file, required_key(key), remark)
    operation = query.loaded.require().metadata.operation
    note(query.workspace.root, "rehearsal.acknowledged", {"file": path.name}, operation=operation, who=person)
    click.echo(f"Acknowledged by {person}: {path}")
    return ExitCode.PASSED


def _query(plan: Path, level: int | None, environment: str, now: datetime | None) -> EvidenceQuery:
    from rollback_gov.commands.evidence import EvidenceQuery
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.plans.load import load_plan

    return EvidenceQuery(
        loaded=load_plan(plan),
        workspace=Workspace.around(plan),
        now=now.replace(tzinfo=UTC) if now else datetime.now(UTC),
        level=level or 0,
        environment=environment,
    )


def _print_list(found: Overview) -> None:
    for item in found.rehearsals:
        click.echo(_row(item))
        for flaw in item.flaws:
            click.echo(f"    {flaw.code} {flaw.message}")
    for unreadable in found.unreadable:
        click.echo(f"does not count  {Path(unreadable.file).name}: {unreadable.reason}")
    for gap in found.gaps:
        click.echo(f"  - {gap.code} {gap.message} {gap.hint}")
    if not found.rehearsals and not found.unreadable:
        click.echo("The plan was never rehearsed.")
    elif found.is_enough:
        click.echo(f"That is enough for level {found.level}.")


def _row(item: Standing) -> str:
    proof = item.stored.evidence
    scope = " ".join(part for part in (proof.scenario or "whole", proof.region) if part)
    counts = "does not count" if item.flaws else f"fresh until {item.fresh_until}"
    kind = "forward fix" if proof.forward_fix else proof.kind
    return f"{proof.finished[:19]}Z  {kind:20} {proof.environment:12} {scope:16} {item.stored.signature:9} {counts}"


def _print_diff(found: Since) -> None:
    proof = found.stored.evidence
    click.echo(f"Since the rehearsal in {proof.environment} of {proof.finished} ({found.stored.payload_sha256[:12]}):")
    if not found.parts:
        click.echo("  nothing has changed")
    if found.edits is None:
        for part in found.parts:
            click.echo(f"  {part}")
        if found.parts:
            click.echo("  The plan of then was not kept, so its values are not known.")
    else:
        for edit in sorted(found.edits, key=lambda edit: not edit.runs):
            click.echo(f"  {edit}{'' if edit.runs else '  (wording)'}")
            for line in edit.lines:
                click.echo(f"      {line}")
        for part in found.files:
            click.echo(f"  {part} changed" if not part.endswith(")") else f"  {part}")
    again = ", ".join(found.again)
    click.echo(f"To be rehearsed again: {again}." if again else "Nothing has to be rehearsed again.")
