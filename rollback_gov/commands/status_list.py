"""Revoking permits, and keeping the list of it fresh."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.repository import repository_name
from rollback_gov.commands.settings import FOLDER
from rollback_gov.commands.signing import signers
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record
from rollback_gov.records.errors import Unreadable
from rollback_gov.records.replace import held
from rollback_gov.records.status_list import (
    LIFE,
    LONGEST,
    Revocation,
    StatusList,
    read_status_list,
    write_status_list,
)
from rollback_gov.records.text import record_line
from rollback_gov.records.times import stamp
from rollback_gov.records.trust import STATUS_LIST_SIGNER, Keyring

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class StatusUpdate(Record):
    """The next version of a repository's list. ``now`` is UTC."""

    workspace: Workspace
    key: Ed25519PrivateKey | None
    now: datetime
    life: timedelta = LIFE


def current_list(workspace: Workspace, at: datetime | None) -> StatusList | None:
    """Give the repository's list; None where there is none. Raises UsageError for one that does not count.

    Its key must be valid at that time; None: it may have expired.
    """
    status = read_status_list(workspace.root, Keyring(workspace.trust), at)
    if isinstance(status, Unreadable):
        raise UsageError(
            f"The status list {status.file} does not count: {status.reason}",
            hint="Bring it back from the history of the protected branch; a list that may be wrong is not continued.",
        )
    return status


def refresh(update: StatusUpdate) -> tuple[Path, StatusList]:
    """Say the same again, with a new version and a later end; the first time, that nothing is revoked."""
    return _next(update, None)


def revoke(update: StatusUpdate, permit: str, *, by: str, reason: str) -> tuple[Path, StatusList]:
    """Add a permit (its identity) to the list. Raises UsageError where it stands there already."""
    return _next(
        update, Revocation(permit=permit, reason=record_line(reason), by=record_line(by), at=stamp(update.now))
    )


def _next(update: StatusUpdate, revocation: Revocation | None) -> tuple[Path, StatusList]:
    if update.life > LONGEST:
        raise UsageError(f"A status list lasts at most {LONGEST.days} days: for so long an older one can be shown.")
    root = update.workspace.root
    keys = signers(Keyring(update.workspace.trust), update.key, STATUS_LIST_SIGNER, update.now)
    try:
        (root / FOLDER).mkdir(exist_ok=True)
        with held(root / FOLDER):
            status = _with(current_list(update.workspace, None), update, revocation)
            return write_status_list(root, status, keys), replace(status, signed=bool(keys))
    except OSError as error:
        raise UsageError(f"The status list cannot be written: {error.strerror}.") from error


def _with(before: StatusList | None, update: StatusUpdate, revocation: Revocation | None) -> StatusList:
    revoked = before.revoked if before else ()
    if revocation is not None and any(item.permit == revocation.permit for item in revoked):
        raise UsageError(f"The permit {revocation.permit[:12]} is revoked already.")
    fresh = StatusList(
        repository=repository_name(update.workspace.root),
        version=before.version + 1 if before else 1,
        issued=stamp(update.now),
        next_update=stamp(update.now + update.life),
        revoked=revoked,
    )
    return replace(fresh, revoked=(*revoked, revocation)) if revocation else fresh
