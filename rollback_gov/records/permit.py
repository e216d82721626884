"""Deployment permits: what they bind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rollback_gov.model.document import to_document
from rollback_gov.model.evidence import Digests
from rollback_gov.model.record import Record
from rollback_gov.records.statement import PERMIT, make, predicate, write
from rollback_gov.records.times import file_stamp
from rollback_gov.records.verdict import PERMITS

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from rollback_gov.records.dsse import Envelope

ROLE = "permit-issuer"


class BoundEvidence(Record):
    """A rehearsal that a permit stands on, with the time (UTC) at which it is too old."""

    sha256: str
    kind: str
    environment: str
    scenario: str
    expires: str


class BoundApproval(Record):
    """An approval that a permit stands on."""

    sha256: str
    person: str
    key: str
    at: str
    attestations: tuple[str, ...]


class BoundReview(Record):
    """A review that a permit stands on, of a pull request or of the run of a workflow; the other number is zero.

    Its issuer vouches for it, and no gate asks again.
    """

    login: str
    id: int
    role: str
    commit: str
    at: str
    pull_request: int
    workflow_run: int = 0


class AuditHead(Record):
    """How long the audit log was, in events, and the digest of its last one."""

    size: int
    head: str


class BoundWaiver(Record):
    """A finding that was accepted when the permit was issued, and the last day (YYYY-MM-DD) of its waiver."""

    rule: str
    step: str
    owner: str
    approved_by: str
    expires: str


class Permit(Record):
    """One operation, with exactly this plan, may go to one environment, once, until a time (UTC, ISO 8601)."""

    operation: str
    environment: str
    repository: str
    level: int
    digests: Digests
    parameters: Mapping[str, str]
    artefacts: Mapping[str, str]
    """sha256 of what is deployed, by name, where that was said."""
    policy: str
    evidence: tuple[BoundEvidence, ...]
    approvals: tuple[BoundApproval, ...]
    issued: str
    not_before: str
    expires: str
    uses: int = 1
    nonce: str
    issuer: str
    tool_version: str
    reviews: tuple[BoundReview, ...] = ()
    status_list: int = 0
    """The least version of the status list that the gate must see; 0: there was none."""
    audit: AuditHead | None = None
    """The audit log at issue, where there is one."""
    waivers: tuple[BoundWaiver, ...] = ()
    waivers_file: str = ""
    """sha256 of waivers.yaml at issue; empty where there was none."""


def sign_permit(permit: Permit, keys: tuple[tuple[str, Ed25519PrivateKey], ...]) -> Envelope:
    """Put a permit into an envelope. Without keys it is unsigned, which every reader sees."""
    told = {item.name: getattr(permit, item.name) for item in fields(permit)}
    body = {name: to_document(value) for name, value in told.items() if value is not None}
    return make(PERMIT, body, keys)


def write_permit(folder: Path, permit: Permit, envelope: Envelope) -> Path:
    """Write a permit beside the plan and give the file."""
    return write(folder / PERMITS, f"{permit.environment}-{file_stamp(permit.issued)}", envelope)


def open_permit(envelope: Envelope) -> Permit:
    """Read the permit in an envelope. Raises RecordError; whose signature it has is the caller's concern."""
    document = predicate(envelope, PERMIT)
    rest: dict[str, Any] = {
        "digests": Digests(**document["digests"]),
        "evidence": tuple(BoundEvidence(**item) for item in document["evidence"]),
        "approvals": tuple(
            BoundApproval(**{**item, "attestations": tuple(item["attestations"])}) for item in document["approvals"]
        ),
        "waivers": tuple(BoundWaiver(**item) for item in document.get("waivers", ())),
    }
    if "reviews" in document:
        rest["reviews"] = tuple(BoundReview(**item) for item in document["reviews"])
    if "audit" in document:
        rest["audit"] = AuditHead(**document["audit"])
    return Permit(**{**document, **rest})
