"""in-toto Statements (v1): what a signed record says, about what."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rollback_gov.records.canonical import canonical_json
from rollback_gov.records.dsse import PAYLOAD_TYPE, Envelope, decode, encode, sign, strict_json
from rollback_gov.records.errors import RecordError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
_PREDICATES = "https://github.com/rollback-gov/rollback-gov/blob/main/docs/predicates.md"
REHEARSAL = f"{_PREDICATES}#rollback-rehearsal-v1"
APPROVAL = f"{_PREDICATES}#rollback-approval-v1"
PERMIT = f"{_PREDICATES}#deploy-permit-v1"
SUFFIX = ".dsse.json"


def make(
    predicate_type: str,
    predicate: Mapping[str, Any],
    subjects: Mapping[str, str],
    keys: tuple[tuple[str, Ed25519PrivateKey], ...],
) -> Envelope:
    """Sign a statement about ``subjects`` (name -> sha256)."""
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in subjects.items()],
        "predicateType": predicate_type,
        "predicate": predicate,
    }
    return sign(canonical_json(statement), keys)


def predicate(envelope: Envelope, predicate_type: str) -> Mapping[str, Any]:
    """Give a statement's predicate. Raises RecordError when it is not the statement that was asked for."""
    if envelope.payload_type != PAYLOAD_TYPE:
        raise RecordError(f"The payload's type is '{envelope.payload_type[:80]}', not {PAYLOAD_TYPE}.")
    statement = strict_json(envelope.payload)
    if not isinstance(statement, dict) or statement.get("_type") != STATEMENT_TYPE:
        raise RecordError("The payload is not an in-toto statement.")
    if statement.get("predicateType") != predicate_type:
        raise RecordError(f"The statement is of another type: {str(statement.get('predicateType'))[:120]}.")
    body = statement.get("predicate")
    if not isinstance(body, dict):
        raise RecordError("The statement says nothing.")
    return body


def write(path: Path, envelope: Envelope) -> Path:
    """Write a record to a new file, whole or not at all; a name that is taken gets a number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stem = path.name.removesuffix(SUFFIX)
    number = 1
    while path.exists():
        number += 1
        path = path.with_name(f"{stem}-{number}{SUFFIX}")
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(encode(envelope))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path


def read(path: Path) -> Envelope:
    """Read a record's envelope. Raises RecordError with a reason, also for a file that cannot be read."""
    try:
        with path.open("rb") as file:
            return decode(file.read(5_000_000))
    except OSError as error:
        raise RecordError(f"Cannot read the record: {error.strerror}.") from error
