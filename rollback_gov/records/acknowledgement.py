"""Acknowledgements: a stakeholder has seen what a rehearsal proved, and says so with a key of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.model.document import to_document
from rollback_gov.model.record import Record
from rollback_gov.records.errors import RecordError
from rollback_gov.records.places import ACKNOWLEDGEMENTS as FOLDER
from rollback_gov.records.statement import ACKNOWLEDGEMENT, make, predicate, read, records, write
from rollback_gov.records.times import file_stamp, moment
from rollback_gov.records.trust import Keyring, folded, is_valid

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROLE = "stakeholder"


class Acknowledgement(Record):
    """One person has seen one rehearsal (its identity). ``remark`` may be empty."""

    rehearsal: str
    operation: str
    person: str
    remark: str
    at: str


def write_acknowledgement(folder: Path, seen: Acknowledgement, key: tuple[str, Ed25519PrivateKey]) -> Path:
    """Write an acknowledgement beside the evidence and give the file."""
    return write(folder / FOLDER, f"{file_stamp(seen.at)}-{key[0]}", make(ACKNOWLEDGEMENT, to_document(seen), (key,)))


def acknowledgements(folder: Path, keyring: Keyring) -> Mapping[str, tuple[str, ...]]:
    """Give the people who acknowledged each rehearsal, by its identity. What does not count is passed over."""
    found: dict[str, tuple[str, ...]] = {}
    for path in records(folder / FOLDER):
        try:
            seen = _read(path, keyring)
        except RecordError:
            continue
        found[seen.rehearsal] = tuple(dict.fromkeys((*found.get(seen.rehearsal, ()), seen.person)))
    return found


def _read(path: Path, keyring: Keyring) -> Acknowledgement:
    """Read one. Raises RecordError unless the person whose name it has signed it. Nothing unverified is parsed."""
    envelope = read(path)
    signers = keyring.signers(envelope, ROLE)
    if not signers:
        raise RecordError("No trusted stakeholder's key signed it.")
    seen = Acknowledgement(**predicate(envelope, ACKNOWLEDGEMENT))
    if not any(folded(key.person) == folded(seen.person) and is_valid(key, moment(seen.at)) for key in signers):
        raise RecordError(f"It speaks for {seen.person} and is signed by {signers[0].person}.")
    return seen
