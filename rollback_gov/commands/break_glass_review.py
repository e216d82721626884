"""The review of a break-glass, by somebody who had no part in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rollback_gov.commands.audit import Trail
from rollback_gov.commands.break_glass import one_of
from rollback_gov.commands.break_glass_trail import known
from rollback_gov.commands.signing import signers, valid_entry
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.record import Record
from rollback_gov.records.break_glass import REVIEWER, SIGNED_LEVEL, Review, StoredBreakGlass, write_review
from rollback_gov.records.text import record_line
from rollback_gov.records.times import stamp
from rollback_gov.records.trust import Keyring, folded

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class ReviewRequest(Record):
    """The review of one break-glass. ``reviewer`` counts where nobody signs."""

    workspace: Workspace
    file: Path
    conclusion: str
    reviewer: str
    now: datetime
    actions: tuple[str, ...] = ()
    key: Ed25519PrivateKey | None = field(default=None)
    environ: Mapping[str, str] = field(default_factory=dict)


def review(request: ReviewRequest) -> tuple[Path, Review]:
    """Review a break-glass, also one whose file is lost: the audit log has it, and ``file`` is its identity then.

    Raises Refused for somebody who had a part in it, and where nobody signs but has to.
    """
    keyring = Keyring(request.workspace.trust)
    subject = _lost(request) or _of(one_of(request.workspace, request.file))
    if request.key is None and subject.level >= SIGNED_LEVEL:
        raise Refused(f"A break-glass of level {subject.level} is reviewed with a key of the role {REVIEWER}.")
    keys = signers(keyring, request.key, REVIEWER, request.now)
    names, person = {folded(request.reviewer)}, request.reviewer
    if request.key is not None:
        entry = valid_entry(keyring, request.key, REVIEWER, request.now)
        names, person = {*keyring.person(entry)}, entry.person
    _check_reviewer(subject, names, person)
    written = Review(
        break_glass=subject.sha256,
        operation=subject.operation,
        reviewer=record_line(person),
        conclusion=record_line(request.conclusion),
        actions=tuple(map(record_line, request.actions)),
        at=stamp(request.now),
    )
    return write_review(request.workspace.root, written, keys), written


class _Subject(NamedTuple):
    """What is reviewed, who had a part in it, and who has reviewed it already, if anybody has."""

    sha256: str
    operation: str
    level: int
    part: tuple[str, ...]
    reviewed: str


def _of(glass: StoredBreakGlass) -> _Subject:
    record, review = glass.record, glass.review
    reviewed = f"{review.reviewer} at {review.at}" if review is not None else ""
    part = (record.asked_by, record.authorised_by)
    return _Subject(glass.sha256, record.operation, record.level, part, reviewed)


def _lost(request: ReviewRequest) -> _Subject | None:
    """Give the break-glass of that identity that only the log has. Raises UsageError where it has none."""
    identity = str(request.file)
    if request.file.exists() or not re.fullmatch("[0-9a-f]{64}", identity):
        return None
    trail = Trail(root=request.workspace.root, environ=request.environ)
    for told in known(trail):
        if told.sha256 == identity:
            return _Subject(identity, told.operation, told.level, (told.asked_by, told.authorised_by), told.reviewed_by)
    raise UsageError(
        f"The audit log, as this clone has seen it, tells of no break-glass {identity}.",
        hint="Bring it here first: rollback-gov audit sync",
    )


def _check_reviewer(subject: _Subject, names: set[str], person: str) -> None:
    if not person.strip():
        raise UsageError("trust.yaml does not say whose the auditor's key is.", hint="Add `person: NAME` to its entry.")
    if {folded(name) for name in subject.part if name} & names:
        raise Refused(f"{person} had a part in this break-glass; somebody else reviews it.")
    if subject.reviewed:
        raise UsageError(f"It was reviewed by {subject.reviewed}.")
