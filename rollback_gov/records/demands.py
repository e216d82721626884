"""Every reason why a permit does not fit today, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from rollback_gov.model.evidence import StoredEvidence
from rollback_gov.records.permit import BoundApproval, BoundEvidence, BoundReview, Permit
from rollback_gov.records.revocation import revocation
from rollback_gov.records.times import SKEW, moment, stamp
from rollback_gov.records.today import Today
from rollback_gov.records.verdict import Code, Reason, reason

_AGAIN = "See `rollback-gov evidence diff`; rehearse what changed, have it approved, and issue the permit again."


def unmet(permit: Permit, sha256: str, today: Today, *, signed: bool) -> Iterator[Reason]:
    """Hold what a permit says against today; ``sha256`` is its identity.

    Only who signed it can vouch for reviews. Raises RecordError for a time that is none."""
    yield from _plan(permit, today)
    yield from _target(permit, today)
    yield from _times(permit, today)
    yield from revocation(permit.status_list, sha256, today)
    yield from _evidence(permit, today)
    if permit.digests == today.digests:
        yield from _approvals(permit, today, permit.reviews if signed else ())
    yield from today.obstacles


def _plan(permit: Permit, today: Today) -> Iterator[Reason]:
    if permit.digests.plan != today.digests.plan or permit.digests.executable != today.digests.executable:
        from rollback_gov.records.change import explain_change

        changes = ", ".join(explain_change(permit.digests, today.digests))
        message = f"The plan has changed since the permit was issued: {changes}."
        yield reason(Code.PLAN_CHANGED, message, _AGAIN)


def _target(permit: Permit, today: Today) -> Iterator[Reason]:
    for code, name, then, now in (
        (Code.WRONG_OPERATION, "operation", permit.operation, today.operation),
        (Code.WRONG_ENVIRONMENT, "environment", permit.environment, today.environment),
        (Code.WRONG_REPOSITORY, "repository", permit.repository, today.repository),
    ):
        if then != now:
            yield reason(code, f"The permit is for the {name} '{then}', not '{now}'.")
    if permit.level < today.level:
        message = f"The permit was issued at level {permit.level}; level {today.level} is required now."
        yield reason(Code.LEVEL, message, "Issue it again.")
    if permit.parameters != today.parameters:
        message = (
            f"Parameter values differ from those of the permit: {_differing(permit.parameters, today.parameters)}."
        )
        yield reason(Code.PARAMETERS, message, "Issue the permit for the values that will be used.")
    if today.artefacts is not None and permit.artefacts != today.artefacts:
        message = f"The permit is for other artefacts: {_differing(permit.artefacts, today.artefacts)}."
        yield reason(Code.ARTEFACT, message, "Name every artefact that is deployed: --artefact NAME=SHA256.")


def _differing(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    return ", ".join(name for name in sorted({*then, *now}) if then.get(name) != now.get(name))


def _times(permit: Permit, today: Today) -> Iterator[Reason]:
    issued, expires = moment(permit.issued), moment(permit.expires)
    begins = max(issued, moment(permit.not_before))
    if begins - today.now > SKEW:
        message = f"The permit is valid from {stamp(begins)}; it is {stamp(today.now)} now."
        yield reason(Code.NOT_YET_VALID, message, "Wait, or check the clock.")
    if today.now >= expires:
        yield reason(
            Code.EXPIRED, f"The permit expired at {permit.expires}; it is {stamp(today.now)} now.", "Issue it again."
        )
    if expires - issued > today.permit_longest:
        hours = today.permit_longest / timedelta(hours=1)
        message = (
            f"The permit is to live from {permit.issued} to {permit.expires}; "
            f"at level {today.level} the longest is {hours:g} hours."
        )
        yield reason(Code.LIFETIME, message, "Issue it again.")


def _evidence(permit: Permit, today: Today) -> Iterator[Reason]:
    present = {stored.payload_sha256: stored for stored in today.evidence}
    if not permit.evidence and today.needs_rehearsal:
        yield reason(Code.EVIDENCE_MISSING, "The permit stands on no rehearsal.", "Rehearse, and issue it again.")
    for bound in permit.evidence:
        what = f"The rehearsal in {bound.environment}{f' of {bound.scenario}' if bound.scenario else ''}"
        stored = present.get(bound.sha256)
        if stored is None:
            message = f"{what} ({bound.sha256[:12]}) is not beside the plan any more."
            yield reason(Code.EVIDENCE_MISSING, message, "Bring the evidence back, or rehearse again.")
        else:
            yield from _rehearsal(what, bound, stored, today)


def _rehearsal(what: str, bound: BoundEvidence, stored: StoredEvidence, today: Today) -> Iterator[Reason]:
    evidence = stored.evidence
    if today.needs_signatures and stored.signature != "trusted":
        hint = "Rehearse with a key that trust.yaml gives the role rehearsal-runner."
        yield reason(Code.EVIDENCE_UNTRUSTED, f"{what} is not signed by a trusted rehearsal-runner.", hint)
    if evidence.operation != today.operation or not evidence.digests.phases.items() & today.digests.phases.items():
        yield reason(Code.EVIDENCE_OTHER_PLAN, f"{what} is one of another plan.", "Rehearse this plan.")
    finished = moment(evidence.finished)
    if today.now >= moment(bound.expires) or today.now - finished >= today.evidence_max_age:
        yield reason(
            Code.EVIDENCE_STALE, f"{what} ended at {evidence.finished}; that is too long ago.", "Rehearse again."
        )
    if finished - today.now > SKEW:
        yield reason(
            Code.EVIDENCE_STALE, f"{what} has not happened yet: it ends at {evidence.finished}.", "Rehearse again."
        )


def _approvals(permit: Permit, today: Today, reviews: tuple[BoundReview, ...]) -> Iterator[Reason]:
    """The permit's word is not enough: each approval must lie beside the plan, and count today."""
    valid = {approval.payload_sha256: approval for approval in today.approvals.valid}
    for bound in permit.approvals:
        if bound.sha256 not in valid:
            yield reason(
                Code.APPROVALS, _missing(bound, today), "Bring it back, or have the plan approved and issue again."
            )
    standing = [valid[bound.sha256] for bound in permit.approvals if bound.sha256 in valid]
    people = today.keyring.count_people((approval.key for approval in standing), (review.login for review in reviews))
    if people < today.approvers:
        message = f"The permit stands on approvals of {people} people; level {today.level} asks for {today.approvers}."
        unheard = permit.reviews and not reviews
        hint = (
            "Reviews count in a permit that a trusted permit-issuer has signed: issue it with --key." if unheard else ""
        )
        yield reason(Code.APPROVALS, message, hint or "Issue it again with more approvals.")
    attested = {name for approval in standing for name in approval.attestations}
    for name in today.attestations:
        if name not in attested:
            yield reason(
                Code.APPROVALS, f"Nobody attests '{name}'.", f"Approve with --attest {name}, and issue it again."
            )


def _missing(bound: BoundApproval, today: Today) -> str:
    name = f"The approval of {bound.person} ({bound.sha256[:12]})"
    why = next((item.reason for item in today.approvals.rejected if item.sha256 == bound.sha256), "")
    return f"{name} does not count: {why}" if why else f"{name} is not beside the plan any more."
