"""in-toto Statements (v1): what a signed record says, about what."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rollback_gov.model.errors import UsageError
from rollback_gov.plans.files import open_regular
from rollback_gov.plans.schema import fast_validator
from rollback_gov.records.canonical import canonical_json
from rollback_gov.records.dsse import MAX_BYTES, PAYLOAD_TYPE, Envelope, decode, encode, sign, strict_json
from rollback_gov.records.errors import PayloadTypeError, PredicateError, RecordError, SchemaError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
_PREDICATES = "https://github.com/rollback-gov/rollback-gov/blob/main/docs/predicates.md"
REHEARSAL = f"{_PREDICATES}#rollback-rehearsal-v1"
APPROVAL = f"{_PREDICATES}#rollback-approval-v1"
PERMIT = f"{_PREDICATES}#deploy-permit-v1"
STATUS_LIST = f"{_PREDICATES}#permit-status-list-v1"
CHECKPOINT = f"{_PREDICATES}#audit-checkpoint-v1"
ACKNOWLEDGEMENT = f"{_PREDICATES}#rehearsal-acknowledgement-v1"
BREAK_GLASS = f"{_PREDICATES}#break-glass-v1"
BREAK_GLASS_REVIEW = f"{_PREDICATES}#break-glass-review-v1"
SCHEMAS: Mapping[str, str] = {
    REHEARSAL: "evidence-v1",
    APPROVAL: "approval-v1",
    PERMIT: "permit-v1",
    STATUS_LIST: "status-list-v1",
    CHECKPOINT: "audit-checkpoint-v1",
    ACKNOWLEDGEMENT: "acknowledgement-v1",
    BREAK_GLASS: "break-glass-v1",
    BREAK_GLASS_REVIEW: "break-glass-review-v1",
}
"""The schema of each predicate."""
SUFFIX = ".dsse.json"


def make(
    predicate_type: str, predicate: Mapping[str, Any], keys: tuple[tuple[str, Ed25519PrivateKey], ...]
) -> Envelope:
    """Sign a statement about what its predicate speaks of: mostly a plan, and what of it runs.

    Raises RecordError for a predicate that would not be readable.
    """
    _check_schema(predicate_type, predicate)
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": _subjects(predicate_type, predicate),
        "predicateType": predicate_type,
        "predicate": predicate,
    }
    return sign(canonical_json(statement), keys)


def predicate(envelope: Envelope, predicate_type: str) -> Mapping[str, Any]:
    """Give a statement's predicate, which fits its schema and speaks of the statement's subjects.

    Signatures are the caller's concern, and come first. Raises RecordError with a reason.
    """
    if envelope.payload_type != PAYLOAD_TYPE:
        raise PayloadTypeError(f"The payload's type is '{envelope.payload_type[:80]}', not {PAYLOAD_TYPE}.")
    statement = strict_json(envelope.payload)
    if not isinstance(statement, dict) or statement.get("_type") != STATEMENT_TYPE:
        raise PredicateError("The payload is not an in-toto statement.")
    if statement.get("predicateType") != predicate_type:
        raise PredicateError(f"The statement is of another type: {str(statement.get('predicateType'))[:120]}.")
    body: Mapping[str, Any] = statement.get("predicate", {})
    _check_schema(predicate_type, body)
    if statement.get("subject") != _subjects(predicate_type, body):
        raise PredicateError("The statement's subjects are not what its predicate speaks of.")
    return body


def predicate_type_of(envelope: Envelope) -> str:
    """Tell kinds of records apart, before any is believed. Raises RecordError for what is no JSON."""
    statement = strict_json(envelope.payload)
    return str(statement.get("predicateType", "")) if isinstance(statement, dict) else ""


def _check_schema(predicate_type: str, body: Any) -> None:
    name = SCHEMAS[predicate_type]
    try:
        problem = next(iter(fast_validator(name).iter_errors(body)), None)
    except ValueError as error:
        raise SchemaError(f"It does not fit the schema {name}: it is nested too deeply.") from error
    if problem is not None:
        where = "/".join(str(part) for part in problem.instance_path)
        raise SchemaError(f"It does not fit the schema {name} at '{where}': {problem.message[:200]}.")


def _subjects(predicate_type: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    digests = _NAMED[predicate_type](body) if predicate_type in _NAMED else _plan(body)
    return [{"name": name, "digest": {"sha256": digest}} for name, digest in digests.items()]


def _plan(body: Mapping[str, Any]) -> dict[str, str]:
    digests = body.get("digests", body)
    return {name: digests[name] for name in ("plan", "executable")}


_NAMED: Mapping[str, Callable[[Mapping[str, Any]], dict[str, str]]] = {
    STATUS_LIST: lambda body: {"status-list": sha256(canonical_json(body)).hexdigest()},
    CHECKPOINT: lambda body: {"audit-log": body["head"]},
    ACKNOWLEDGEMENT: lambda body: {"rehearsal": body["rehearsal"]},
    BREAK_GLASS_REVIEW: lambda body: {"break-glass": body["break_glass"]},
}
"""What statements are about that are not about a plan."""


def write(folder: Path, stem: str, envelope: Envelope) -> Path:
    """Write a record to a new file, whole or not at all, and give the file; a name that is taken gets a number.

    Nothing is ever overwritten, by however many who write at the same time. Raises UsageError.
    """
    stem = re.sub(r"[^A-Za-z0-9._-]", "_", stem)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _write(folder, stem, encode(envelope))
    except OSError as error:
        raise UsageError(f"Cannot write the record into {folder}: {error.strerror}.") from error


def _write(folder: Path, stem: str, raw: bytes) -> Path:
    part = folder / f".{stem}.{os.urandom(8).hex()}.part"
    try:
        with part.open("xb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        path = _link(part, folder, stem)
    finally:
        part.unlink(missing_ok=True)
    sync(folder)
    return path


def _link(part: Path, folder: Path, stem: str) -> Path:
    """Give a finished file its name: unlike renaming, linking never takes a name that somebody has."""
    path, number = folder / f"{stem}{SUFFIX}", 1
    while True:
        try:
            path.hardlink_to(part)
        except FileExistsError:
            number += 1
            path = folder / f"{stem}-{number}{SUFFIX}"
        else:
            return path


def sync(folder: Path) -> None:
    """Make sure that a new name in a folder survives a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path) -> Envelope:
    """Read a record's envelope. Raises RecordError with a reason, also for a file that cannot be read."""
    try:
        with open_regular(path) as file:
            return decode(file.read(MAX_BYTES + 1))
    except OSError as error:
        raise RecordError(f"Cannot read the record: {error.strerror or error}.") from error


def records(folder: Path) -> list[Path]:
    """Give the files in a folder that have the name of a record, by name."""
    return sorted(folder.glob(f"*{SUFFIX}"))
