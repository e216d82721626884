"""Making keys, and writing them into trust.yaml without losing anybody's comments."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rollback_gov.commands.settings import TRUST
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.yaml_file import append
from rollback_gov.model.errors import UsageError
from rollback_gov.records.keys import generate


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """A new key: where its private half goes, and its entry in trust.yaml."""

    out: Path
    id: str
    role: str
    person: str = ""
    emails: tuple[str, ...] = ()


def generate_key(request: KeyRequest, workspace: Workspace | None) -> dict[str, Any]:
    """Make a key and give its entry; with a workspace the entry is added to its trust.yaml.

    Raises UsageError when the file or the id exists already; then nothing is written.
    """
    if workspace is not None and any(key.id == request.id for key in workspace.trust.keys):
        raise UsageError(f"trust.yaml has a key '{request.id}' already.", hint="Choose another --id.")
    entry: dict[str, Any] = {"id": request.id, "public_key": generate(request.out), "role": request.role}
    entry |= {"person": request.person} if request.person else {}
    entry |= {"emails": list(request.emails)} if request.emails else {}
    if workspace is not None:
        append(workspace.root / TRUST, "keys", [entry])
    return entry
