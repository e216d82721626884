"""Issuing a permit: everything that the level demands, or every reason why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from rollback_gov import __version__
from rollback_gov.commands.authors import Authors, authors_of
from rollback_gov.commands.judge import Demands, subject_of
from rollback_gov.commands.permit import PermitRequest
from rollback_gov.commands.policy import checked_policy
from rollback_gov.commands.repository import repository_name
from rollback_gov.commands.waivers import load_waivers
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.evidence import Approval, StoredEvidence
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.check import check
from rollback_gov.policy.coverage import coverage
from rollback_gov.policy.evidence import judged, newest
from rollback_gov.policy.levels import LevelRequirements
from rollback_gov.policy.subject import Subject
from rollback_gov.records.approvals import LIFE, Approvals, Asked, read_approvals
from rollback_gov.records.canonical import canonical, digest_parts
from rollback_gov.records.permit import (
    ROLE,
    BoundApproval,
    BoundEvidence,
    BoundWaiver,
    Permit,
    sign_permit,
    write_permit,
)
from rollback_gov.records.text import one_line
from rollback_gov.records.times import moment, stamp
from rollback_gov.records.verify import verify_envelope

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def issue(request: PermitRequest, key: Ed25519PrivateKey | None) -> tuple[Path, Permit]:
    """Issue a permit. Raises Refused with every reason at once, each with what to do about it."""
    request.loaded.require()
    request.workspace.environment(request.environment)
    authors = authors_of(request.loaded, request.environ)
    asked = Asked(digests=request.digests, now=request.now, authors=authors.known)
    approvals = read_approvals(request.loaded.folder, request.keyring, asked)
    subject = _subject(request)
    found = check(subject).findings
    _refuse(
        request,
        [
            *_findings(found),
            *_authorship(authors, request.demands),
            *_approvals(request, approvals),
            *_key_reasons(request, key),
        ],
    )
    permit = _permit(request, approvals, _standing(subject), key, waivers=_bound_waivers(found))
    envelope = sign_permit(permit, ((permit.issuer, key),) if key is not None else ())
    reasons, _ = verify_envelope(envelope, request.today())
    _refuse(request, [f"It would not be valid: {reason.message} {reason.hint}".strip() for reason in reasons])
    return write_permit(request.loaded.folder, permit, envelope), permit


def _refuse(request: PermitRequest, reasons: list[str]) -> None:
    if reasons:
        what = f"No permit for {request.plan.metadata.operation} to {request.environment}:"
        raise Refused(what, reasons=tuple(map(one_line, reasons)))


def _subject(request: PermitRequest) -> Subject:
    """Give what the rules look at."""
    demands = Demands(
        policy=checked_policy(request.workspace),
        trust=lambda: request.workspace.trust,
        now=request.now,
        purpose="permit",
        environment=request.environment,
        parameters=request.parameters,
        waivers=tuple(written.waiver for written in load_waivers(request.workspace.files).waivers),
    )
    return subject_of(request.loaded, request.plan, demands)


def _findings(found: Iterable[Finding]) -> list[str]:
    errors = (finding for finding in found if finding.severity is Severity.ERROR and finding.waived is None)
    return [f"{finding.code} {finding.message} {finding.hint}".strip() for finding in errors]


def _authorship(authors: Authors, demands: LevelRequirements) -> tuple[str, ...]:
    """From level 3 on, "somebody else than the author" has to be known, not hoped."""
    return authors.doubts if demands.level >= 3 else ()


def _approvals(request: PermitRequest, approvals: Approvals) -> list[str]:
    demands, reasons = request.demands, []
    people = request.keyring.count_people(approval.key for approval in approvals.valid)
    if people < demands.approvers:
        names = ", ".join(sorted({approval.person for approval in approvals.valid}))
        reasons.append(
            f"{people} of {demands.approvers} approvals by people who did not write the plan"
            f"{f' ({names})' if names else ''}. Approve with `rollback-gov permit approve`."
        )
    reasons += [
        f"Nobody attests '{name}'. Add it to an approval: --attest {name}"
        for name in demands.attestations
        if name not in approvals.attestations
    ]
    if reasons:
        reasons += [f"{Path(item.file).name} does not count: {item.reason}" for item in approvals.rejected]
    return reasons


def _key_reasons(request: PermitRequest, key: Ed25519PrivateKey | None) -> list[str]:
    level = request.demands.level
    if key is None:
        return [f"Level {level} asks for a signed permit. Use --key FILE."] if level >= 3 else []
    try:
        request.entry(key, ROLE)
    except UsageError as error:
        return [f"{error} {error.hint}".strip()]
    return []


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


def _permit(
    request: PermitRequest,
    approvals: Approvals,
    evidence: tuple[StoredEvidence, ...],
    key: Ed25519PrivateKey | None,
    *,
    waivers: tuple[BoundWaiver, ...],
) -> Permit:
    bound = tuple(_bound(stored, request.demands) for stored in evidence)
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
        issued=stamp(request.now),
        not_before=stamp(request.now),
        expires=stamp(min((_expires(request, bound, approvals), *map(_end, waivers)))),
        nonce=token_hex(16),
        issuer=request.entry(key, ROLE).id if key is not None else "",
        tool_version=__version__,
        waivers=waivers,
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


def _bound_approval(approval: Approval) -> BoundApproval:
    return BoundApproval(
        sha256=approval.payload_sha256,
        person=approval.person,
        key=approval.key,
        at=approval.at,
        attestations=approval.attestations,
    )
