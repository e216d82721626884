"""Break-glass: rules that were waived in an emergency, one by one, by somebody, for a short time; and its review.

It is a record of its own and never a flag. Records lie in one folder of the repository, because a review that is
overdue stands in the way of the next permit of a service, whichever operation that is for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rollback_gov.model.document import to_document
from rollback_gov.model.record import Record
from rollback_gov.records.errors import RecordError, Unreadable
from rollback_gov.records.places import BREAK_GLASSES as FOLDER
from rollback_gov.records.statement import (
    BREAK_GLASS,
    BREAK_GLASS_REVIEW,
    make,
    predicate,
    predicate_type_of,
    read,
    records,
    write,
)
from rollback_gov.records.times import file_stamp, moment
from rollback_gov.records.trust import Keyring, folded, is_valid

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from rollback_gov.records.dsse import Envelope

ROLE, REVIEWER = "break-glass", "auditor"
LIFE, LONGEST = timedelta(hours=1), timedelta(hours=4)
WORKING_DAYS = 2
"""Within which it is reviewed."""
SATURDAY = 5
SIGNED_LEVEL = 3
"""From this level on somebody else authorises it with a key, and an auditor's key reviews it."""
Keys = tuple[tuple[str, "Ed25519PrivateKey"], ...]


class BreakGlass(Record):
    """What was waived for one operation in one environment. Times are UTC (ISO 8601)."""

    purpose: Literal["deployment", "rollback"]
    operation: str
    environment: str
    repository: str
    services: tuple[str, ...]
    level: int
    plan: str
    executable: str
    incident: str
    reason: str
    asked_by: str
    authorised_by: str
    """Empty for a rollback, which nobody has to authorise."""
    waived: tuple[str, ...]
    """Reason codes of a permit, as ``expired``."""
    opened: str
    expires: str
    review_due: str
    run: str
    """Of a rollback that opened it by itself; else empty."""
    nonce: str


class Review(Record):
    """What somebody who had no part in it says of a break-glass (its identity), and what follows."""

    break_glass: str
    operation: str
    reviewer: str
    conclusion: str
    actions: tuple[str, ...]
    at: str


class StoredBreakGlass(Record):
    """A break-glass as it lies in the repository. ``signers`` are the ids of trusted keys that were valid then."""

    record: BreakGlass
    sha256: str
    file: str
    signers: tuple[str, ...]
    signed: bool
    review: Review | None = None
    """The review that counts; None while there is none."""

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether it should have been reviewed by now."""
        return self.review is None and now >= moment(self.record.review_due)


class BreakGlasses(Record):
    """All that a repository has, oldest first, and the files that cannot be read."""

    found: tuple[StoredBreakGlass, ...]
    unreadable: tuple[Unreadable, ...]


def review_due(opened: datetime) -> datetime:
    """Give the end of two working days (Monday to Friday; no calendar of holidays is known)."""
    due, days = opened, 0
    while days < WORKING_DAYS:
        due += timedelta(days=1)
        days += due.weekday() < SATURDAY
    return due


def write_break_glass(root: Path, record: BreakGlass, keys: Keys) -> tuple[Path, str]:
    """Write a break-glass and give its file and identity. Without keys it is unsigned, which every reader sees."""
    envelope = make(BREAK_GLASS, to_document(record), keys)
    stem = f"{file_stamp(record.opened)}-{record.operation}-{record.environment}"
    return write(root / FOLDER, stem, envelope), envelope.sha256


def write_review(root: Path, review: Review, keys: Keys) -> Path:
    """Write a review beside its break-glass and give the file."""
    stem = f"{file_stamp(review.at)}-{review.operation}-review"
    return write(root / FOLDER, stem, make(BREAK_GLASS_REVIEW, to_document(review), keys))


def read_break_glasses(root: Path, keyring: Keyring) -> BreakGlasses:
    """Read all records of the repository, each once, with the reviews that count."""
    folder = root / FOLDER
    opened: dict[str, StoredBreakGlass] = {}
    reviews, unreadable = list[tuple[Review, "Envelope"]](), []
    for path in records(folder):
        try:
            envelope = read(path)
            if predicate_type_of(envelope) == BREAK_GLASS_REVIEW:
                reviews.append((_review(envelope), envelope))
            else:
                opened[envelope.sha256] = _stored(path, envelope, keyring)
        except RecordError as error:
            unreadable.append(Unreadable(str(path), str(error)))
    found = [replace(glass, review=_counting(glass, reviews, keyring)) for glass in opened.values()]
    return BreakGlasses(
        found=tuple(sorted(found, key=lambda glass: (glass.record.opened, glass.file))), unreadable=tuple(unreadable)
    )


def read_break_glass(path: Path, keyring: Keyring) -> StoredBreakGlass:
    """Read one break-glass. Raises RecordError."""
    return _stored(path, read(path), keyring)


def _stored(path: Path, envelope: Envelope, keyring: Keyring) -> StoredBreakGlass:
    body = predicate(envelope, BREAK_GLASS)
    record = BreakGlass(**{**body, "services": tuple(body["services"]), "waived": tuple(body["waived"])})
    opened, *_ = (moment(time) for time in (record.opened, record.expires, record.review_due))
    signers = tuple(key.id for key in keyring.signers(envelope, ROLE) if is_valid(key, opened))
    return StoredBreakGlass(
        record=record, sha256=envelope.sha256, file=str(path), signers=signers, signed=bool(envelope.signatures)
    )


def _review(envelope: Envelope) -> Review:
    body = predicate(envelope, BREAK_GLASS_REVIEW)
    moment(body["at"])
    return Review(**{**body, "actions": tuple(body["actions"])})


def _counting(glass: StoredBreakGlass, reviews: Iterable[tuple[Review, Envelope]], keyring: Keyring) -> Review | None:
    """Choose a review by somebody who had no part in it, signed by an auditor where that is asked for."""
    record = glass.record
    part = {folded(name) for name in (record.asked_by, record.authorised_by) if name}
    for review, envelope in reviews:
        if review.break_glass != glass.sha256:
            continue
        signers = [key for key in keyring.signers(envelope, REVIEWER) if is_valid(key, moment(review.at))]
        named = [key for key in signers if folded(key.person) == folded(review.reviewer)]
        names = {folded(review.reviewer)}.union(*(keyring.person(key) for key in named))
        asked = record.level >= SIGNED_LEVEL or keyring.has_role(REVIEWER) or bool(envelope.signatures)
        if not names & part and (named or not asked):
            return review
    return None
