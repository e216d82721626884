"""The status list: which permits of a repository were revoked. Signed, versioned, and good for a limited time.

A revocation that is only one more file fails open when somebody deletes the file. Here its absence, an older version
and an old age are refusals of their own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.model.document import to_document
from rollback_gov.model.record import Record
from rollback_gov.records.dsse import encode
from rollback_gov.records.errors import RecordError, Unreadable
from rollback_gov.records.places import STATUS_LIST as FILE
from rollback_gov.records.replace import replace_file
from rollback_gov.records.statement import STATUS_LIST, make, predicate, read
from rollback_gov.records.times import moment
from rollback_gov.records.trust import STATUS_LIST_SIGNER as ROLE
from rollback_gov.records.trust import Keyring, is_valid

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LIFE, LONGEST = timedelta(days=7), timedelta(days=30)
"""How long a list counts if nothing else is said, and at most: for so long an older one can be shown in its place."""


class Revocation(Record):
    """One permit (its identity) that counts no more."""

    permit: str
    reason: str
    by: str
    at: str


class StatusList(Record):
    """All permits of a repository that were revoked, as of ``issued``; too old from ``next_update`` on."""

    repository: str
    version: int
    issued: str
    next_update: str
    revoked: tuple[Revocation, ...]
    signed: bool = False
    """Whether a trusted key signed it, as said by whoever read it."""


def read_status_list(root: Path, keyring: Keyring, at: datetime | None) -> StatusList | Unreadable | None:
    """Read a repository's list; None where there is none. One with signatures of which none counts is unreadable.

    The key must be valid at that time. None: it may have expired, which is enough for whoever writes the next version.
    """
    path = root / FILE
    try:
        if not path.exists():
            return None
        envelope = read(path)
        signed = any(at is None or is_valid(key, at) for key in keyring.signers(envelope, ROLE))
        if envelope.signatures and not signed:
            raise RecordError("no key signed it that trust.yaml gives the role status-list today.")
        document = predicate(envelope, STATUS_LIST)
        for time in (document["issued"], document["next_update"]):
            moment(time)
    except (RecordError, OSError) as error:
        return Unreadable(str(path), str(error))
    revoked = tuple(Revocation(**item) for item in document["revoked"])
    return StatusList(**{**document, "revoked": revoked, "signed": signed})


def version_of(status: StatusList | Unreadable | None) -> int:
    """Give the version that a permit asks for from now on; 0 where there is no list that counts."""
    return status.version if isinstance(status, StatusList) else 0


def write_status_list(root: Path, status: StatusList, keys: tuple[tuple[str, Ed25519PrivateKey], ...]) -> Path:
    """Put a list in the place of the one before, whole or not at all, and give the file. Raises OSError."""
    body = {key: value for key, value in to_document(status).items() if key != "signed"}
    path = root / FILE
    replace_file(path, encode(make(STATUS_LIST, body, keys)))
    return path
