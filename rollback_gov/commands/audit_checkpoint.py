"""The head of the audit log, for whoever is to hold it: a permit, or an auditor's checkpoint."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.audit import Trail
from rollback_gov.commands.repository import repository_name
from rollback_gov.commands.signing import valid_entry
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.records.audit.checkpoint import ROLE, sign_checkpoint
from rollback_gov.records.audit.entry import Head
from rollback_gov.records.permit import AuditHead
from rollback_gov.records.statement import write
from rollback_gov.records.times import stamp
from rollback_gov.records.trust import Keyring

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from rollback_gov.commands.permit import PermitRequest


HEAD_SECONDS = 5.0
"""For one command of git: a permit is worth no more for a head that is a minute younger."""


def head_of(request: PermitRequest) -> AuditHead | None:
    """Give the log's head for a permit to hold, with what waits here in it where the log can be reached.

    Else as this clone saw it last; None for a log without lines.
    """
    trail = Trail(root=request.workspace.root, environ=request.environ, seconds=HEAD_SECONDS)
    try:
        head = trail.send().head or trail.log().head()
    except RollbackGovError:
        head = trail.seen()
    return AuditHead(size=head.size, head=head.digest) if head.size else None


def take(trail: Trail, workspace: Workspace, key: Ed25519PrivateKey | None, now: datetime) -> tuple[Head, Path | None]:
    """Give the log's head, and the file of the signed statement about it where there is a key.

    Raises LogError, and UsageError for a key that is not an auditor's.
    """
    log = trail.log()
    head = log.head()
    if key is None:
        return head, None
    entry = valid_entry(Keyring(workspace.trust), key, ROLE, now)
    repository = repository_name(workspace.root)
    envelope = sign_checkpoint(head, log=log.name, repository=repository, at=stamp(now), keys=((entry.id, key),))
    return head, write(trail.folder / "checkpoints", f"{stamp(now)}-{head.size}", envelope)
