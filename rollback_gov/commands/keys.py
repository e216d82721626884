"""Making, replacing and listing keys, and writing them into trust.yaml without losing anybody's comments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rollback_gov.commands.settings import TRUST
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.yaml_file import append, edited
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record
from rollback_gov.model.trust import TrustedKey
from rollback_gov.records.keys import generate
from rollback_gov.records.trust import Keyring, is_valid


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """A new key: where its private half goes, and its entry in trust.yaml."""

    out: Path
    id: str
    role: str
    person: str = ""
    emails: tuple[str, ...] = ()
    github: str = ""
    not_before: str = ""


class Rotation(Record):
    """One key that another takes the place of: who they are, and for how many days both count."""

    old: str
    new: str
    out: Path
    overlap: timedelta
    now: datetime


class KnownKey(Record):
    """A key of trust.yaml, and how it stands today: valid, not valid yet, or expired."""

    key: TrustedKey
    state: str


def generate_key(request: KeyRequest, workspace: Workspace | None) -> dict[str, Any]:
    """Make a key and give its entry; with a workspace the entry is added to its trust.yaml.

    Raises UsageError when the file or the id exists already; then nothing is written.
    """
    if workspace is not None and any(key.id == request.id for key in workspace.trust.keys):
        raise UsageError(f"trust.yaml has a key '{request.id}' already.", hint="Choose another --id.")
    entry = _entry(request)
    if workspace is not None:
        append(workspace.root / TRUST, "keys", [entry])
    return entry


def rotate_key(rotation: Rotation, workspace: Workspace) -> tuple[dict[str, Any], str]:
    """Make a key for the same role and person, and let the old one end; give the new entry and the old one's last day.

    Both count until then, so that nothing that was signed last week falls. Raises UsageError; then nothing is written.
    """
    Keyring(workspace.trust)
    old = next((key for key in workspace.trust.keys if key.id == rotation.old), None)
    if old is None:
        names = ", ".join(key.id for key in workspace.trust.keys) or "none"
        raise UsageError(f"trust.yaml has no key '{rotation.old}' (it has: {names}).")
    last = (rotation.now + rotation.overlap).date().isoformat()
    last = min(last, old.not_after or last)
    request = KeyRequest(
        out=rotation.out,
        id=rotation.new,
        role=old.role,
        person=old.person,
        emails=old.emails,
        github=old.github,
        not_before=rotation.now.date().isoformat(),
    )
    entry = generate_key(request, workspace)
    with edited(workspace.root / TRUST) as document:
        next(item for item in document["keys"] if item["id"] == rotation.old)["not_after"] = last
    return entry, last


def known_keys(workspace: Workspace, now: datetime) -> Iterator[KnownKey]:
    """Give the keys of trust.yaml as they stand. Raises UsageError for one that contradicts itself."""
    Keyring(workspace.trust)
    for key in workspace.trust.keys:
        early = bool(key.not_before) and now.date().isoformat() < key.not_before
        state = "valid" if is_valid(key, now) else "not valid yet" if early else "expired"
        yield KnownKey(key=key, state=state)


def _entry(request: KeyRequest) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": request.id, "public_key": generate(request.out), "role": request.role}
    entry |= {"person": request.person} if request.person else {}
    entry |= {"emails": list(request.emails)} if request.emails else {}
    entry |= {"github": request.github} if request.github else {}
    return entry | ({"not_before": request.not_before} if request.not_before else {})
