"""Issuing a permit: everything that the level demands, or every reason why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from rollback_gov import __version__
from rollback_gov.commands.permit import PermitRequest
from rollback_gov.commands.permit_objections import Examined, examine, key_objections, refuse, would_not_verify
from rollback_gov.commands.repository import repository_name
from rollback_gov.commands.signing import trusted_entry
from rollback_gov.model.evidence import Approval, StoredEvidence
from rollback_gov.model.finding import Finding
from rollback_gov.model.record import Record
from rollback_gov.policy.coverage import coverage
from rollback_gov.policy.evidence import judged, newest
from rollback_gov.policy.levels import LevelRequirements
from rollback_gov.policy.subject import Subject
from rollback_gov.records.approvals import LIFE, Approvals
from rollback_gov.records.canonical import canonical, digest_parts
from rollback_gov.records.permit import (
    ROLE,
    AuditHead,
    BoundApproval,
    BoundEvidence,
    BoundReview,
    BoundWaiver,
    Permit,
    sign_permit,
    write_permit,
)
from rollback_gov.records.reviews import CountedReview
from rollback_gov.records.status_list import version_of
from rollback_gov.records.times import moment, stamp
from rollback_gov.records.verdict import Code
from rollback_gov.records.verify import verify_envelope

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Issued(Record):
    """A permit, its file and its identity; ``missing`` people have to sign it before it counts."""

    file: Path
    sha256: str
    permit: Permit
    missing: int


def issue(request: PermitRequest, key: Ed25519PrivateKey | None, *, audit: AuditHead | None = None) -> Issued:
    """Issue a permit; ``audit`` is the audit log as it is now. At level 4 somebody else signs it too before it counts.

    Raises NotIssued with every reason at once, each with what to do about it.
    """
    examined = examine(request, key)
    refuse(request, (*examined.objections, *key_objections(request, key)))
    today = examined.today
    permit = replace(_permit(request, examined, key), status_list=version_of(today.status_list), audit=audit)
    envelope = sign_permit(permit, ((permit.issuer, key),) if key is not None else ())
    reasons, _ = verify_envelope(envelope, today)
    refuse(request, would_not_verify(reason for reason in reasons if reason.code is not Code.THRESHOLD))
    missing = max(0, today.permit_signatures - len(envelope.signatures))
    file = write_permit(request.loaded.folder, permit, envelope)
    return Issued(file=file, sha256=envelope.sha256, permit=permit, missing=missing)


def _standing(subject: Subject) -> tuple[StoredEvidence, ...]:
    """Choose the rehearsals that the permit stands on: of those without flaws the newest of each kind.

    The older ones count as long as they cover something that the newest do not; then the permit stands on all, and
    ends with the oldest.
    """
    counting = tuple(entry for entry in judged(subject) if not entry.flaws)
    latest = tuple(entry.stored for entry in newest(counting))
    if latest and not coverage(replace(subject, evidence=latest)).gaps:
        return latest
    return tuple(entry.stored for entry in counting)


def _permit(request: PermitRequest, examined: Examined, key: Ed25519PrivateKey | None) -> Permit:
    approvals = examined.approvals
    bound = tuple(_bound(stored, request.demands) for stored in _standing(examined.subject))
    waivers = _bound_waivers(examined.waived)
    return Permit(
        operation=request.plan.metadata.operation,
        environment=request.environment,
        repository=repository_name(request.workspace.root),
        level=request.demands.level,
        digests=request.digests,
        parameters=request.parameters,
        artefacts=request.artefacts,
        policy=digest_parts({"policy": canonical(request.workspace.policy)}),
        evidence=bound,
        approvals=tuple(_bound_approval(approval) for approval in approvals.valid),
        reviews=tuple(_bound_review(review) for review in request.reviews.valid),
        issued=stamp(request.now),
        not_before=stamp(request.now),
        expires=stamp(min((_expires(request, bound, approvals), *map(_end, waivers)))),
        nonce=token_hex(16),
        issuer=trusted_entry(request.keyring, key, ROLE).id if key is not None else "",
        tool_version=__version__,
        waivers=waivers,
        waivers_file=examined.waivers.sha256,
    )


def _expires(request: PermitRequest, bound: tuple[BoundEvidence, ...], approvals: Approvals) -> datetime:
    """No permit outlives its level's longest life, a rehearsal that it stands on, or an approval."""
    demands = request.demands
    longest = timedelta(seconds=demands.permit_longest.seconds)
    life = min(request.lives or timedelta(seconds=demands.permit_life.seconds), longest)
    return min(
        request.now + life,
        *(moment(item.expires) for item in bound),
        *(moment(approval.at) + LIFE for approval in approvals.valid),
    )


def _bound_waivers(found: Iterable[Finding]) -> tuple[BoundWaiver, ...]:
    accepted = [
        BoundWaiver(
            rule=finding.code,
            step=finding.step,
            owner=finding.waived.owner,
            approved_by=finding.waived.approved_by,
            expires=finding.waived.expires,
        )
        for finding in found
        if finding.waived is not None
    ]
    return tuple(dict.fromkeys(accepted))


def _end(waiver: BoundWaiver) -> datetime:
    """A permit that stands on a waiver ends with its last day."""
    return datetime.combine(date.fromisoformat(waiver.expires), time(), UTC) + timedelta(days=1)


def _bound(stored: StoredEvidence, demands: LevelRequirements) -> BoundEvidence:
    evidence = stored.evidence
    return BoundEvidence(
        sha256=stored.payload_sha256,
        kind=evidence.kind,
        environment=evidence.environment,
        scenario=evidence.scenario,
        expires=stamp(moment(evidence.finished) + timedelta(seconds=demands.evidence_max_age.seconds)),
    )


def _bound_review(review: CountedReview) -> BoundReview:
    return BoundReview(**asdict(review))


def _bound_approval(approval: Approval) -> BoundApproval:
    return BoundApproval(
        sha256=approval.payload_sha256,
        person=approval.person,
        key=approval.key,
        at=approval.at,
        attestations=approval.attestations,
    )
