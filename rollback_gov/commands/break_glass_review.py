"""The review of a break-glass, by somebody who had no part in it."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.break_glass import one_of
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


def review(request: ReviewRequest) -> tuple[Path, Review]:
    """Review a break-glass. Raises Refused for somebody who had a part in it, and where nobody signs but has to."""
    keyring = Keyring(request.workspace.trust)
    glass = one_of(request.workspace, request.file)
    if request.key is None and glass.record.level >= SIGNED_LEVEL:
        raise Refused(f"A break-glass of level {glass.record.level} is reviewed with a key of the role {REVIEWER}.")
    keys = signers(keyring, request.key, REVIEWER, request.now)
    names, person = {folded(request.reviewer)}, request.reviewer
    if request.key is not None:
        entry = valid_entry(keyring, request.key, REVIEWER, request.now)
        names, person = {*keyring.person(entry)}, entry.person
    _check_reviewer(glass, names, person)
    written = Review(
        break_glass=glass.sha256,
        operation=glass.record.operation,
        reviewer=record_line(person),
        conclusion=record_line(request.conclusion),
        actions=tuple(map(record_line, request.actions)),
        at=stamp(request.now),
    )
    return write_review(request.workspace.root, written, keys), written


def _check_reviewer(glass: StoredBreakGlass, names: set[str], person: str) -> None:
    if not person.strip():
        raise UsageError("trust.yaml does not say whose the auditor's key is.", hint="Add `person: NAME` to its entry.")
    part = {folded(name) for name in (glass.record.asked_by, glass.record.authorised_by) if name}
    if part & names:
        raise Refused(f"{person} had a part in this break-glass; somebody else reviews it.")
    if glass.review is not None:
        raise UsageError(f"It was reviewed by {glass.review.reviewer} at {glass.review.at}.")
