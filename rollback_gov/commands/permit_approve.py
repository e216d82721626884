"""Approving a plan: one person's signed yes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.authors import authors_of
from rollback_gov.commands.permit import PermitRequest
from rollback_gov.commands.signing import valid_entry
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.evidence import ATTESTATIONS, Approval
from rollback_gov.records.approvals import sign_approval
from rollback_gov.records.exclusion import Excluded, RejectedError
from rollback_gov.records.times import stamp
from rollback_gov.records.trust import APPROVER

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Approved:
    """The approval's file, whose it is, and why it may not count in the end."""

    file: Path
    person: str
    doubts: tuple[str, ...]


def approve(request: PermitRequest, key: Ed25519PrivateKey, attestations: tuple[str, ...]) -> Approved:
    """Sign an approval with a person's own key.

    Raises UsageError for a key that trust.yaml does not know as an approver's, or not any more, and Refused for the
    author of the plan.
    """
    unknown = [name for name in attestations if name not in ATTESTATIONS]
    if unknown:
        raise UsageError(f"'{unknown[0]}' cannot be attested; possible: {', '.join(ATTESTATIONS)}.")
    entry = valid_entry(request.keyring, key, APPROVER, request.now)
    authors = authors_of(request.loaded, request.environ)
    try:
        Excluded(authors=authors.known, committers=authors.committers).check(
            entry.person, request.keyring.person(entry)
        )
    except RejectedError as error:
        raise Refused(str(error)) from error
    approval = Approval(
        operation=request.plan.metadata.operation,
        plan=request.digests.plan,
        executable=request.digests.executable,
        person=entry.person,
        attestations=tuple(dict.fromkeys(attestations)),
        at=stamp(request.now),
    )
    return Approved(sign_approval(request.loaded.folder, approval, key, entry), entry.person, authors.doubts)
