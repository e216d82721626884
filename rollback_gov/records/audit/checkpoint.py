"""Checkpoints: heads of the log that somebody saw, signed, and kept where the log is not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.records.audit.chain import Checkpoint
from rollback_gov.records.audit.entry import Head
from rollback_gov.records.errors import RecordError
from rollback_gov.records.statement import CHECKPOINT, make, predicate, read

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
    """Read a signed checkpoint. Raises RecordError for one that no trusted auditor signed."""
    envelope = read(path)
    if not keyring.signers(envelope, ROLE):
        raise RecordError(f"{path.name}: it does not count: its signature is not of a trusted {ROLE}.")
    body = predicate(envelope, CHECKPOINT)
    return Checkpoint(Head(body["size"], body["head"]), f"the checkpoint {path.name} of {body['at']}")
