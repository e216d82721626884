"""``rollback-gov keys``: generate, show, rotate."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args, get_type_hints

import click

from rollback_gov.cli.audited import note
from rollback_gov.cli.options import json_option
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.trust import TrustedKey

ROLES = get_args(get_type_hints(TrustedKey)["role"])


@click.group("keys")
def command() -> None:
    """Signing keys (Ed25519) of people and machines. A key has one role; trust.yaml says which."""


@command.command("generate")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="File for the private key; never overwritten."
)
@click.option("--id", "name", required=True, help="Name of the key in trust.yaml.")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the key may sign.")
@click.option("--person", default="", help="Whose key it is; needed for approvers.")
@click.option("--email", "emails", multiple=True, help="Address that the person commits under; repeatable.")
@click.option("--github", default="", metavar="LOGIN", help="The person's login at GitHub, whose reviews are theirs.")
@click.option("--add-to-trust", is_flag=True, help="Add the public key to .rollback-gov/trust.yaml.")
def generate(
    *, out: Path, name: str, role: str, person: str, emails: tuple[str, ...], github: str, add_to_trust: bool
) -> int:
    """Make a key pair and print its entry for trust.yaml. Keep the private key out of the repository."""
    from rollback_gov.commands.keys import KeyRequest, generate_key
    from rollback_gov.commands.workspace import Workspace

    if role in ("approver", "stakeholder") and not person.strip():
        raise click.UsageError(f"{'An' if role == 'approver' else 'A'} {role} is a person: --person NAME.")
    _check_id(name)
    if github and not re.fullmatch("[A-Za-z0-9][A-Za-z0-9-]{0,38}", github):
        raise click.UsageError(f"'{github}' is not a login: --github LOGIN, without @ and address.")
    workspace = Workspace.around(Path.cwd()) if add_to_trust else None
    request = KeyRequest(out=out, id=name, role=role, person=person, emails=emails, github=github)
    entry = generate_key(request, workspace)
    if workspace is not None:
        _note(workspace.root, entry)
    click.echo(f"Private key: {out} (keep it out of the repository)")
    click.echo(
        "Added to .rollback-gov/trust.yaml:" if add_to_trust else "Add this to .rollback-gov/trust.yaml under `keys`:"
    )
    click.echo(f"  - {json.dumps(entry)}")
    return ExitCode.PASSED


@command.command("show")
@click.option("--key", type=click.Path(path_type=Path), help="A private key; its public half and its entry are shown.")
@json_option
def show(*, key: Path | None, as_json: bool) -> int:
    """Show whose keys are trusted for what, and which of them count today; with --key the public half of that one.

    A key is a PEM file, an OpenSSH Ed25519 key, or either of them in the variable ROLLBACK_GOV_KEY (--key -).
    Exit code 1 when the key that was asked for does not count today.
    """
    from rollback_gov.commands.keys import known_keys
    from rollback_gov.commands.workspace import Workspace

    known = list(known_keys(Workspace.around(Path.cwd()), datetime.now(UTC)))
    if key is not None:
        return _show_one(key, [(item.key, item.state) for item in known], as_json=as_json)
    if as_json:
        click.echo(json.dumps([{**asdict(item.key), "state": item.state} for item in known], indent=2))
        return ExitCode.PASSED
    for item in known:
        days = f"{item.key.not_before or '…'} to {item.key.not_after or '…'}"
        click.echo(f"{item.key.id:20} {item.key.role:16} {item.key.person or '-':20} {item.state:13} {days}")
    if not known:
        click.echo("trust.yaml lists no key; make one with `rollback-gov keys generate --add-to-trust`.")
    return ExitCode.PASSED


def _show_one(path: Path, known: list[tuple[TrustedKey, str]], *, as_json: bool) -> int:
    from rollback_gov.records.keys import load_private_key, public_bytes, public_text, read_public_key

    key = load_private_key(None if str(path) == "-" else path, os.environ)
    if key is None:
        raise click.UsageError("The variable ROLLBACK_GOV_KEY is empty.")
    found = next(
        ((entry, state) for entry, state in known if read_public_key(entry.public_key) == public_bytes(key)), None
    )
    entry, state = found or (None, "not in trust.yaml")
    if as_json:
        shown = {"public_key": public_text(key), "state": state, "entry": asdict(entry) if entry else None}
        click.echo(json.dumps(shown, indent=2))
    else:
        click.echo(public_text(key))
        click.echo(
            f"{entry.id}, {entry.role}{f' of {entry.person}' if entry.person else ''}: {state}" if entry else state
        )
    return ExitCode.PASSED if state == "valid" else ExitCode.FINDINGS


@command.command("rotate")
@click.argument("old")
@click.option("--id", "name", required=True, help="Name of the new key in trust.yaml.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="File for the new private key; never overwritten."
)
@click.option(
    "--overlap",
    type=click.IntRange(min=0, max=365),
    default=7,
    show_default=True,
    metavar="DAYS",
    help="For how many days both keys count.",
)
def rotate(*, old: str, name: str, out: Path, overlap: int) -> int:
    """Let another key take the place of OLD, with the same role and person, in .rollback-gov/trust.yaml.

    Nothing that OLD signed falls before its last day. A key that was stolen is not rotated: take its entry out.
    """
    from rollback_gov.commands.keys import Rotation, rotate_key
    from rollback_gov.commands.workspace import Workspace

    _check_id(name)
    rotation = Rotation(old=old, new=name, out=out, overlap=timedelta(days=overlap), now=datetime.now(UTC))
    workspace = Workspace.around(Path.cwd())
    entry, last = rotate_key(rotation, workspace)
    _note(workspace.root, entry, replaces=old, until=last)
    click.echo(f"Private key: {out} (keep it out of the repository)")
    click.echo(f"'{entry['id']}' counts from today, '{old}' until the end of {last}.")
    return ExitCode.PASSED


def _note(root: Path, entry: Mapping[str, Any], **more: str) -> None:
    """Write down whose word counts from now on."""
    told = {"key": entry["id"]} | {name: entry.get(name, "") for name in ("public_key", "role", "person")}
    note(root, "key.trusted", told | more)


def _check_id(name: str) -> None:
    if not re.fullmatch("[a-z0-9][a-z0-9_-]{0,63}", name):
        raise click.UsageError(f"'{name}' is not an id: use lower-case letters, digits, '-' and '_'.")
