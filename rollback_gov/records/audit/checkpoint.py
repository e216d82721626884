"""Checkpoints: heads of the log that somebody saw, signed, and kept where the log is not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.records.audit.chain import Checkpoint
from rollback_gov.records.audit.entry import FIRST, Head
from rollback_gov.records.errors import RecordError
from rollback_gov.records.permit import ROLE as ISSUER
from rollback_gov.records.statement import CHECKPOINT, PERMIT, make, predicate, read

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from rollback_gov.records.dsse import Envelope
    from rollback_gov.records.trust import Keyring

ROLE = "auditor"
_HEAD = re.compile(r"(0|[1-9]\d{0,17}):([0-9a-f]{64})")


def sign_checkpoint(
    head: Head, *, log: str, repository: str, at: str, keys: tuple[tuple[str, Ed25519PrivateKey], ...]
) -> Envelope:
    """State that a log had this head at a time (UTC)."""
    return make(
        CHECKPOINT,
        {"size": head.size, "head": head.digest, "log": log, "repository": repository, "at": at},
        keys,
    )


def parse_head(text: str) -> Head | None:
    """Read ``SIZE:DIGEST``, as reports and job summaries have it; none where it is something else."""
    match = _HEAD.fullmatch(text.strip())
    return Head(int(match[1]), match[2]) if match else None


def open_checkpoint(path: Path, keyring: Keyring) -> Checkpoint:
    """Read what a checkpoint, or a permit, says about the log. The head of a permit that says nothing is empty.

    Raises RecordError for what cannot be read, and for what nobody signed whose word counts.
    """
    envelope = read(path)
    if keyring.signers(envelope, ROLE):
        body = predicate(envelope, CHECKPOINT)
        return Checkpoint(Head(body["size"], body["head"]), f"the checkpoint {path.name}")
    if keyring.signers(envelope, ISSUER):
        seen = predicate(envelope, PERMIT).get("audit", {})
        return Checkpoint(Head(seen.get("size", 0), seen.get("head", FIRST)), f"the permit {path.name}")
    raise RecordError(f"{path.name} does not count: no {ROLE} and no {ISSUER} of trust.yaml has signed it.")
