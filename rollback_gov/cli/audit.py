"""``rollback-gov audit``: show, verify, export, checkpoint, sync."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rollback_gov.cli.options import json_option, moment_of
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.commands.audit import Trail
    from rollback_gov.commands.audit_verify import Verified
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.records.audit.entry import Entry, Head

F = TypeVar("F", bound=Callable[..., Any])

_DIGEST = re.compile("[0-9a-f]{64}")
offline_option = click.option("--offline", is_flag=True, help="Read what this clone saw last; ask no remote.")
time_formats = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])


@click.group("audit")
def command() -> None:
    """The audit log: who decided what, one line each, chained so that nothing can change, vanish or be put in unseen.

    In a git repository it is the branch rollback-gov-audit, of the remote where there is one; elsewhere the file
    .rollback-gov/audit/log.jsonl. Every command that decides something writes to it, denials and overrides too. What
    was decided waits beside git's objects until `audit sync` sends it: no run and no gate waits for a network.

    \b
    Examples:
      rollback-gov audit show op-7
      rollback-gov audit verify
      rollback-gov audit export --from 2026-01-01 --to 2026-03-31 --format csv --output quarter.csv
      rollback-gov audit export --operation op-7 --pack op-7-for-the-auditor
      rollback-gov audit sync
    """


@command.command("show", short_help="Print what was decided about an operation.")
@click.argument("operation", default="")
@offline_option
@json_option
def show(*, operation: str, offline: bool, as_json: bool) -> int:
    """Print the entries about OPERATION, or all, one a line: time (UTC), what was decided, who decided, and on what.

    Exit code 3 when there are none.
    """
    from rollback_gov.commands.audit_export import Span, population
    from rollback_gov.commands.audit_export import as_json as json_of

    trail, _ = _here()
    rows = population(trail, Span(operation=operation), offline=offline)
    if as_json:
        for part in json_of(rows):
            click.echo(part, nl=False)
        return ExitCode.PASSED
    found = False
    for entry, head in rows:
        found = True
        click.echo(_line(entry, head))
    if not found:
        click.echo(f"The audit log says nothing about {operation or 'anything'}.", err=True)
    _say_waiting(trail)
    return ExitCode.PASSED if found else ExitCode.NOTHING_TO_CHECK


@command.command("verify", short_help="Check that the log is still what everybody saw.")
@click.option(
    "--against",
    multiple=True,
    metavar="CHECKPOINT",
    help="SIZE:DIGEST from a report, or the file of a checkpoint or permit; repeatable.",
)
@offline_option
@json_option
def verify(*, against: tuple[str, ...], offline: bool, as_json: bool) -> int:
    """Check that no entry was changed, removed, added or moved, and that nothing was cut off or written anew.

    The chain alone shows changes in the middle. A cut end and a log that was written anew are seen by whoever knows an
    earlier head: each permit and checkpoint in the repository, and those of --against. Exit code 1 for any problem.
    """
    from rollback_gov.commands.audit_verify import verify as verify_log

    trail, workspace = _here()
    found = verify_log(trail, workspace, against, offline=offline)
    checked = found.checked
    exit_code = ExitCode.FINDINGS if checked.problems or found.gone else ExitCode.PASSED
    if as_json:
        click.echo(json.dumps(_document(found), indent=2))
        return exit_code
    click.echo(f"{'BROKEN ' if checked.problems else 'whole  '} {found.name}")
    click.echo(f"entries {checked.head.size}\nhead    {checked.head}")
    gone = tuple(one.message for one in found.gone)
    said = {"problem": checked.problems, "held by": checked.confirmed, "without": found.passed_over, "gone   ": gone}
    for label, sentences in said.items():
        for sentence in sentences:
            click.echo(f"{label} {sentence!s}")
    if checked.head.size and not (checked.problems or checked.confirmed):
        click.echo(
            "held by nothing: whether its end was cut off, or all of it written anew, nobody can tell from here."
        )
        click.echo("        Hold it against an earlier head (--against), and keep one: rollback-gov audit checkpoint")
    _say_waiting(trail)
    return exit_code


def _document(found: Verified) -> dict[str, Any]:
    checked = found.checked
    return {
        "log": found.name,
        "whole": not checked.problems,
        "size": checked.head.size,
        "head": checked.head.digest,
        "problems": [problem._asdict() for problem in checked.problems],
        "held_by": checked.confirmed,
        "passed_over": found.passed_over,
        "gone": [one._asdict() for one in found.gone],
        "waiting": found.waiting,
    }


@command.command("export", short_help="Give an auditor the complete population, or all about an operation.")
@click.option("--from", "since", type=time_formats, help="From this day or time on (UTC).")
@click.option("--to", "until", type=time_formats, help="Up to the end of this day, or this time (UTC).")
@click.option("--operation", default="", metavar="ID", help="Only what is about this operation.")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option(
    "--pack",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="With --operation: write the plan, its findings, evidence, approvals, permits, runs and entries there.",
)
@offline_option
def export(
    *,
    since: datetime | None,
    until: datetime | None,
    operation: str,
    form: str,
    output: Path | None,
    pack: Path | None,
    offline: bool,
) -> int:
    """Give every entry of a span of time, none left out, after the whole chain was checked.

    With --operation and --pack, everything about one operation is copied into a new folder, with a SHA256SUMS.
    """
    from rollback_gov.commands import audit_export

    trail, workspace = _here()
    span = audit_export.Span(since=_utc(since), until=moment_of(until) if until else None, operation=operation)
    if pack:
        if not operation:
            raise click.UsageError("--pack needs --operation ID.")
        names = audit_export.write_pack(trail, workspace, span, pack, datetime.now(UTC))
        click.echo(f"{len(names)} files and SHA256SUMS in {pack}")
        return ExitCode.PASSED
    rows = audit_export.population(trail, span, offline=offline)
    parts = audit_export.as_csv(rows) if form == "csv" else audit_export.as_json(rows)
    _write(parts, output)
    _say_waiting(trail)
    return ExitCode.PASSED


@command.command("checkpoint", short_help="State, signed, what the log's head is now.")
@click.option("--key", type=click.Path(path_type=Path), help="An auditor's; default: the variable ROLLBACK_GOV_KEY.")
@json_option
def checkpoint(*, key: Path | None, as_json: bool) -> int:
    """State what the log's head is now, and sign it where there is a key, into .rollback-gov/audit/checkpoints/.

    Whoever keeps it can tell later whether the log was cut off or written anew.
    """
    from rollback_gov.commands.audit_checkpoint import take
    from rollback_gov.records.keys import load_private_key

    trail, workspace = _here()
    head, file = take(trail, workspace, load_private_key(key, os.environ), datetime.now(UTC))
    if as_json:
        click.echo(json.dumps({"size": head.size, "head": head.digest, "file": str(file or "")}, indent=2))
    else:
        click.echo(f"{head}" + (f"\nsigned: {file}" if file else ""))
    return ExitCode.PASSED


@command.command("sync", short_help="Send what waits to the log.")
@json_option
def sync(*, as_json: bool) -> int:
    """Send the entries that wait to the log, and say where it ends now. Each gets there once, whatever happens.

    In a job on GitHub the job's summary says it too: whoever reads it later can hold the log against it.
    """
    trail, _ = _here()
    sent = trail.send()
    head = sent.head or trail.log().head()
    _summarise(head, sent.entries)
    if as_json:
        damaged = [str(path) for path in sent.damaged]
        shown = str(head) if head.size else None
        click.echo(json.dumps({"sent": sent.entries, "head": shown, "damaged": damaged}, indent=2))
        return ExitCode.PASSED
    click.echo(f"{sent.entries} entries sent." + (f" The log's head is {head}." if head.size else ""))
    for path in sent.damaged:
        click.echo(f"WARNING: {path} is no entry; it stays where it is. Look at it and remove it.", err=True)
    return ExitCode.PASSED


def _summarise(head: Head, sent: int) -> None:
    """Write the head into the job's summary on GitHub, which nobody who may write the repository can change."""
    from rollback_gov.github.action.files import append
    from rollback_gov.records.times import stamp

    if not head.size:
        return
    told = f"\nAudit log of rollback-gov at {stamp(datetime.now(UTC))}, with {sent} new: `{head}`\n"
    try:
        append(os.environ.get("GITHUB_STEP_SUMMARY", ""), told)
    except OSError as error:
        click.echo(f"WARNING: The job summary lacks the log's head: {error.strerror}.", err=True)


def _here() -> tuple[Trail, Workspace]:
    from rollback_gov.commands.audit import Trail
    from rollback_gov.commands.workspace import Workspace

    workspace = Workspace.around(Path.cwd())
    return Trail(root=workspace.root, environ=os.environ, sleep=time.sleep), workspace


def _line(entry: Entry, head: Head) -> str:
    from rollback_gov.records.text import one_line

    what = ", ".join(f"{name} {_text(value)}" for name, value in entry.data.items() if value not in ("", [], {}, None))
    return one_line(f"{head.size:>5}  {entry.at}  {entry.event:<22}  {entry.operation}  by {entry.by}  {what}".rstrip())


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, str) and _DIGEST.fullmatch(value):
        return value[:12]
    return str(value) if isinstance(value, str | int) else json.dumps(value, ensure_ascii=False)


def _say_waiting(trail: Trail) -> None:
    waiting = len(trail.spool.waiting())
    if waiting:
        click.echo(f"{waiting} more wait here for: rollback-gov audit sync", err=True)


def _write(parts: Iterable[str], output: Path | None) -> None:
    from rollback_gov.model.errors import UsageError

    if output is None:
        for part in parts:
            click.echo(part, nl=False)
        return
    try:
        with _whole(output) as path, path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(parts)
    except OSError as error:
        raise UsageError(f"Cannot write {output}: {error.strerror}.") from error


@contextmanager
def _whole(output: Path) -> Iterator[Path]:
    """Give a file that gets its name when it is complete: half a population is none."""
    part = output.with_name(f".{output.name}.part")
    try:
        yield part
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def _utc(given: datetime | None) -> datetime | None:
    return given.replace(tzinfo=UTC) if given else None
