"""``rollback-gov keys``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args, get_type_hints

import click

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
@click.option("--add-to-trust", is_flag=True, help="Add the public key to .rollback-gov/trust.yaml.")
def generate(*, out: Path, name: str, role: str, person: str, emails: tuple[str, ...], add_to_trust: bool) -> int:
    """Make a key pair and print its entry for trust.yaml. Keep the private key out of the repository."""
    from rollback_gov.commands.keys import KeyRequest, generate_key
    from rollback_gov.commands.workspace import Workspace

    if role == "approver" and not person.strip():
        raise click.UsageError("An approver is a person: --person NAME.")
    if not re.fullmatch("[a-z0-9][a-z0-9_-]{0,63}", name):
        raise click.UsageError(f"'{name}' is not an id: use lower-case letters, digits, '-' and '_'.")
    workspace = Workspace.around(Path.cwd()) if add_to_trust else None
    entry = generate_key(KeyRequest(out=out, id=name, role=role, person=person, emails=emails), workspace)
    click.echo(f"Private key: {out} (keep it out of the repository)")
    click.echo(
        "Added to .rollback-gov/trust.yaml:" if add_to_trust else "Add this to .rollback-gov/trust.yaml under `keys`:"
    )
    click.echo(f"  - {json.dumps(entry)}")
    return ExitCode.PASSED
