"""``rollback-gov break-glass``: open, list, show, review."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollback_gov.cli.audited import denial_noted, note, note_request
from rollback_gov.cli.options import as_option, duration, environment_option, json_option, param_option, plan_argument
from rollback_gov.cli.permit_options import key_option, make_request, now_option, print_json
from rollback_gov.model.duration import Duration
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.records.break_glass import StoredBreakGlass
    from rollback_gov.records.break_glass_trail import Told


@click.group("break-glass")
def command() -> None:
    """An emergency that a permit's rules cannot wait for: recorded, limited to hours, and reviewed by somebody else.

    \b
    open     waive rules for one deployment, one by one; then `permit claim --break-glass FILE`
    list     what was broken, and which review is due
    show     print one
    review   say afterwards what came of it; an overdue review blocks the next permit of a service

    A rollback never waits: without a valid permit it opens one by itself and goes on.
    """


@command.command("open")
@plan_argument
@environment_option
@click.option("--incident", required=True, metavar="ID", help="The incident that makes it necessary.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it cannot wait.")
@click.option(
    "--waive", "waived", multiple=True, metavar="CODE", help="A permit's reason code, as `expired`; repeatable."
)
@click.option("--for", "life", callback=duration, default="1h", show_default=True, help="How long; at most 4h.")
@key_option
@param_option
@now_option
@as_option
@json_option
def open_(
    *,
    plan: Path,
    environment: str,
    incident: str,
    reason: str,
    waived: tuple[str, ...],
    life: Duration,
    key: Path | None,
    params: dict[str, str],
    now: datetime,
    who: str,
    as_json: bool,
) -> int:
    """Waive rules for the deployment of PLAN to an environment.

    --as says who asks. The key is that of the person who authorises it (role break-glass); at level 3 and 4 that is
    somebody else. That the permit is one, and for exactly this plan, is never waived.
    """
    from rollback_gov.cli.person import person
    from rollback_gov.commands.break_glass import Emergency, open_for_deployment
    from rollback_gov.records.keys import load_private_key

    emergency = Emergency(
        incident=incident,
        reason=reason,
        asked_by=person(os.environ, who),
        waived=waived,
        life=timedelta(seconds=life.seconds),
    )
    request = make_request(plan, environment, now, params)
    private = load_private_key(key, os.environ)
    told = {"incident": incident, "reason": reason, "waived": list(waived)}
    with denial_noted(request, "break-glass.refused", told, who=who):
        opened = open_for_deployment(request, emergency, private)
    also = {"services": list(opened.record.services), "level": opened.record.level}
    also |= {"authorised_by": opened.record.authorised_by}
    note_request(request, "break-glass.opened", {"sha256": opened.sha256, **told, **also}, who=who)
    if as_json:
        print_json({"sha256": opened.sha256, "file": str(opened.file), **asdict(opened.record)})
        return ExitCode.PASSED
    record = opened.record
    click.echo(f"Break-glass {opened.sha256[:12]} until {record.expires}: {opened.file}")
    click.echo(
        f"Asked for by {record.asked_by}, authorised by {record.authorised_by}; waives {', '.join(record.waived)}."
    )
    click.echo(f"Somebody else reviews it until {record.review_due}.")
    return ExitCode.PASSED


@command.command("list")
@click.option("--open", "only_open", is_flag=True, help="Only those that wait for a review.")
@now_option
@json_option
def list_(*, only_open: bool, now: datetime, as_json: bool) -> int:
    """List all of the repository, oldest first, then those that only the audit log has, which wait for a review.

    Exit code 1 when a review is overdue, or a file or the log cannot be read.
    """
    from rollback_gov.commands.audit import Trail
    from rollback_gov.commands.break_glass import all_of
    from rollback_gov.commands.break_glass_trail import missing
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.records.text import one_line

    workspace = Workspace.around(Path.cwd())
    glasses = all_of(workspace)
    lost, problem = missing(Trail(root=workspace.root, environ=os.environ), glasses)
    shown = [glass for glass in glasses.found if not (only_open and glass.review)]
    if as_json:
        here = [{**asdict(glass), "state": _state(glass, now)} for glass in shown]
        print_json({"break_glass": [*here, *({**_document(one), "state": _state_of_lost(one, now)} for one in lost)]})
    else:
        for glass in shown:
            record = glass.record
            where = f"{record.purpose} of {record.operation} in {record.environment}"
            click.echo(f"{glass.sha256[:12]}  {record.opened}  {where}, {record.asked_by}: {_state(glass, now)}")
        for one in lost:
            row = f"{one.sha256}  {one.opened}  {one.operation}, {one.asked_by}: {_state_of_lost(one, now)}"
            click.echo(one_line(row))
        for item in glasses.unreadable:
            click.echo(f"{item.file} cannot be read: {item.reason}", err=True)
    if problem:
        click.echo(f"Nobody can tell which files are lost: {problem}", err=True)
    overdue = any(glass.is_overdue(now) for glass in glasses.found) or any(one.is_overdue(now) for one in lost)
    return ExitCode.FINDINGS if overdue or glasses.unreadable or problem else ExitCode.PASSED


@command.command("show")
@click.argument("file", type=click.Path(path_type=Path))
def show(*, file: Path) -> int:
    """Print what the record in FILE says, and whose signature it has."""
    from rollback_gov.commands.break_glass import one_of
    from rollback_gov.commands.workspace import Workspace

    print_json(asdict(one_of(Workspace.around(file), file)))
    return ExitCode.PASSED


@command.command("review")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--conclusion", required=True, metavar="TEXT", help="Whether it was necessary, and what it did.")
@click.option("--action", "actions", multiple=True, metavar="TEXT", help="What follows; repeatable.")
@key_option
@now_option
@as_option
def review(*, file: Path, conclusion: str, actions: tuple[str, ...], key: Path | None, now: datetime, who: str) -> int:
    """Review the break-glass in FILE. The key is an auditor's; whoever asked for it or authorised it cannot.

    Where its file is lost and the audit log has it, FILE is its identity (64 hexadecimal digits), as the gate names it.
    """
    from rollback_gov.cli.person import person
    from rollback_gov.commands import break_glass_review as commands
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.records.keys import load_private_key

    if not conclusion.strip():
        raise click.UsageError("A review needs a conclusion: --conclusion TEXT.")
    request = commands.ReviewRequest(
        workspace=Workspace.around(file),
        file=file,
        conclusion=conclusion,
        reviewer=person(os.environ, who),
        now=now,
        actions=actions,
        key=load_private_key(key, os.environ),
        environ=os.environ,
    )
    path, written = commands.review(request)
    told = {"break_glass": written.break_glass, "conclusion": conclusion, "actions": list(actions)}
    note(request.workspace.root, "break-glass.reviewed", told, operation=written.operation, who=written.reviewer)
    click.echo(f"Reviewed by {written.reviewer}: {path}")
    return ExitCode.PASSED


def _state(glass: StoredBreakGlass, now: datetime) -> str:
    if glass.review is not None:
        return f"reviewed by {glass.review.reviewer}: {glass.review.conclusion}"
    due = f"review due {glass.record.review_due}"
    return f"OVERDUE, {due}" if glass.is_overdue(now) else due


def _document(lost: Told) -> dict[str, Any]:
    """Give what the log tells of one as that of a file is given, which it has none of."""
    record = asdict(lost)
    sha256, _ = record.pop("sha256"), record.pop("reviewed_by")
    return {"record": record, "sha256": sha256, "file": "", "signers": [], "signed": False, "review": None}


def _state_of_lost(lost: Told, now: datetime) -> str:
    due = f"review due {lost.review_due}, its file is lost or was changed"
    return f"OVERDUE, {due}" if lost.is_overdue(now) else due
