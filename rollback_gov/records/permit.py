"""Deployment permits: what they bind, and every reason why one does not count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rollback_gov.model.document import to_document
from rollback_gov.model.evidence import Digests, StoredEvidence
from rollback_gov.model.trust import Trust
from rollback_gov.records.change import explain_change
from rollback_gov.records.errors import RecordError
from rollback_gov.records.statement import PERMIT, SUFFIX, make, predicate, read, write
from rollback_gov.records.trust import signers

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from rollback_gov.records.dsse import Envelope

FOLDER = "permits"
ROLE = "permit-issuer"
SKEW = timedelta(minutes=2)
"""How far a clock may be behind at "not before". Never forgiven at "expires"."""


class Code(StrEnum):
    """Why a permit does not allow a deployment."""

    MISSING = "missing"
    SIGNATURE = "signature"
    UNREADABLE = "unreadable"
    SCHEMA = "schema"
    PLAN_CHANGED = "plan-changed"
    WRONG_OPERATION = "wrong-operation"
    WRONG_ENVIRONMENT = "wrong-environment"
    WRONG_REPOSITORY = "wrong-repository"
    LEVEL = "level-below-floor"
    PARAMETERS = "parameters"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    EVIDENCE_MISSING = "evidence-missing"
    EVIDENCE_UNTRUSTED = "evidence-untrusted"
    EVIDENCE_STALE = "evidence-stale"
    APPROVALS = "approvals"
    BASELINE = "baseline"
    USED = "already-used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason, in one sentence, and what to do about it."""

    code: Code
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a permit allows the deployment; if not, every reason that could be found."""

    allowed: bool
    reasons: tuple[Reason, ...]
    permit_sha256: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundEvidence:
    """A rehearsal that a permit stands on, with the time (UTC) at which it is too old."""

    sha256: str
    kind: str
    environment: str
    scenario: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundApproval:
    """An approval that a permit stands on."""

    sha256: str
    person: str
    key: str
    at: str
    attestations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """One operation, with exactly this plan, may go to one environment, once, until a time (UTC, ISO 8601)."""

    operation: str
    environment: str
    repository: str
    level: int
    digests: Digests
    parameters: Mapping[str, str]
    artefacts: Mapping[str, str] = field(default_factory=dict)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What a permit is held against: today's plan, where it goes, the demands, and the clock (UTC)."""

    operation: str
    environment: str
    repository: str
    level: int
    digests: Digests
    parameters: Mapping[str, str] | None
    """None where they are not known; then they are not compared."""
    approvers: int
    evidence: tuple[StoredEvidence, ...]
    trust: Trust
    now: datetime

    @property
    def needs_signatures(self) -> bool:
        """Unsigned records are for trying out and never satisfy level 3 or 4."""
        return self.level >= 3


def write_permit(folder: Path, permit: Permit, keys: tuple[tuple[str, Ed25519PrivateKey], ...]) -> Path:
    """Write a permit beside the plan and give the file."""
    body = {item.name: to_document(getattr(permit, item.name)) for item in fields(permit)}
    subjects = {"plan": permit.digests.plan, "executable": permit.digests.executable}
    stamp = "".join(character for character in permit.issued if character.isalnum())[:15]
    path = folder / FOLDER / f"{permit.environment}-{stamp}{SUFFIX}"
    return write(path, make(PERMIT, body, subjects, keys))


def newest_permit(folder: Path, environment: str) -> Path | None:
    """Give the newest permit beside a plan for an environment, or None."""
    return max(
        (folder / FOLDER).glob(f"{environment}-*{SUFFIX}"), key=lambda path: path.stat().st_mtime_ns, default=None
    )


def read_permit(path: Path) -> tuple[Envelope, Permit]:
    """Read a permit. Raises RecordError; nothing is said about its signatures yet."""
    envelope = read(path)
    document = predicate(envelope, PERMIT)
    problem = next(iter(_validator().iter_errors(document)), None)
    if problem is not None:
        where = "/".join(str(part) for part in problem.instance_path)
        raise RecordError(f"The permit does not fit its schema at '{where}': {problem.message[:200]}.")
    rest: dict[str, Any] = {
        "digests": Digests(**document["digests"]),
        "evidence": tuple(BoundEvidence(**item) for item in document["evidence"]),
        "approvals": tuple(
            BoundApproval(**{**item, "attestations": tuple(item["attestations"])}) for item in document["approvals"]
        ),
    }
    return envelope, Permit(**{**document, **rest})


def verify_permit(path: Path | None, today: Today, *, claimed: str = "") -> Verdict:
    """Hold a permit against today. Offline; runs nothing. ``claimed`` says who has used it already.

    Reasons come in a fixed order; where a permit cannot be read or trusted, nothing else of it is looked at.
    """
    if path is None:
        hint = f"Ask for one: rollback-gov permit issue … --environment {today.environment}"
        message = f"There is no permit for {today.environment} beside the plan."
        return _refused(Reason(code=Code.MISSING, message=message, hint=hint))
    try:
        envelope, permit = read_permit(path)
        trusted = any(signers(envelope, today.trust, ROLE, _time(permit.issued)))
    except RecordError as error:
        return _refused(Reason(code=Code.UNREADABLE, message=f"{path.name}: {error}"), file=str(path))
    if not trusted and (today.needs_signatures or envelope.signatures):
        how = "its signature is not of a trusted permit-issuer" if envelope.signatures else "it is not signed"
        message = f"The permit {path.name} does not count: {how}."
        return _refused(
            Reason(
                code=Code.SIGNATURE, message=message, hint="See the role permit-issuer in .rollback-gov/trust.yaml."
            ),
            file=str(path),
        )
    reasons = tuple(_reasons(permit, today, claimed))
    return Verdict(allowed=not reasons, reasons=reasons, permit_sha256=envelope.sha256, file=str(path))


def _refused(reason: Reason, *, file: str = "") -> Verdict:
    return Verdict(allowed=False, reasons=(reason,), file=file)


def _reasons(permit: Permit, today: Today, claimed: str) -> Iterator[Reason]:
    yield from _identity(permit, today)
    yield from _times(permit, today)
    yield from _evidence(permit, today)
    if len({approval.person.casefold() for approval in permit.approvals}) < today.approvers:
        message = f"The permit has {len(permit.approvals)} approvals; level {today.level} asks for {today.approvers}."
        yield Reason(code=Code.APPROVALS, message=message, hint="Issue it again with more approvals.")
    if claimed:
        message = f"The permit has been used: {claimed}. It counts once."
        yield Reason(code=Code.USED, message=message, hint="Issue another one.")


def _identity(permit: Permit, today: Today) -> Iterator[Reason]:
    if permit.digests.plan != today.digests.plan or permit.digests.executable != today.digests.executable:
        changes = ", ".join(explain_change(permit.digests, today.digests))
        message = f"The plan has changed since the permit was issued: {changes}."
        hint = "Rehearse what changed, have it approved, and issue the permit again."
        yield Reason(code=Code.PLAN_CHANGED, message=message, hint=hint)
    for code, name, then, now in (
        (Code.WRONG_OPERATION, "operation", permit.operation, today.operation),
        (Code.WRONG_ENVIRONMENT, "environment", permit.environment, today.environment),
        (Code.WRONG_REPOSITORY, "repository", permit.repository, today.repository),
    ):
        if then != now:
            yield Reason(code=code, message=f"The permit is for the {name} '{then}', not '{now}'.")
    if permit.level < today.level:
        message = f"The permit was issued at level {permit.level}; level {today.level} is required now."
        yield Reason(code=Code.LEVEL, message=message, hint="Issue it again.")
    if today.parameters is not None and dict(permit.parameters) != dict(today.parameters):
        names = sorted({*permit.parameters, *today.parameters})
        changed = [name for name in names if permit.parameters.get(name) != today.parameters.get(name)]
        message = f"Parameter values differ from those of the permit: {', '.join(changed)}."
        yield Reason(code=Code.PARAMETERS, message=message, hint="Issue the permit for the values that will be used.")


def _times(permit: Permit, today: Today) -> Iterator[Reason]:
    if today.now < _time(permit.not_before) - SKEW:
        message = f"The permit is valid from {permit.not_before}; it is {today.now:%Y-%m-%dT%H:%M:%SZ} now."
        yield Reason(code=Code.NOT_YET_VALID, message=message, hint="Wait, or check the clock.")
    if today.now >= _time(permit.expires):
        message = f"The permit expired at {permit.expires}; it is {today.now:%Y-%m-%dT%H:%M:%SZ} now."
        yield Reason(code=Code.EXPIRED, message=message, hint="Issue it again.")


def _evidence(permit: Permit, today: Today) -> Iterator[Reason]:
    present = {stored.payload_sha256: stored for stored in today.evidence}
    if not permit.evidence:
        yield Reason(code=Code.EVIDENCE_MISSING, message="The permit stands on no rehearsal.")
    for bound in permit.evidence:
        what = f"the rehearsal in {bound.environment}{f' of {bound.scenario}' if bound.scenario else ''}"
        stored = present.get(bound.sha256)
        if stored is None:
            message = f"{what.capitalize()} ({bound.sha256[:12]}) is not beside the plan any more."
            yield Reason(
                code=Code.EVIDENCE_MISSING, message=message, hint="Bring the evidence back, or rehearse again."
            )
        elif today.needs_signatures and stored.signature != "trusted":
            message = f"{what.capitalize()} is not signed by a trusted rehearsal-runner."
            yield Reason(code=Code.EVIDENCE_UNTRUSTED, message=message)
        if today.now >= _time(bound.expires):
            message = f"{what.capitalize()} was too old at {bound.expires}."
            yield Reason(code=Code.EVIDENCE_STALE, message=message, hint="Rehearse again.")


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise RecordError(f"'{text[:40]}' is no time.") from error
    if moment.tzinfo is None:
        raise RecordError(f"'{text[:40]}' is no UTC time.")
    return moment


@lru_cache(maxsize=1)
def _validator() -> Any:
    import jsonschema_rs

    from rollback_gov.plans.schema import load_schema

    return jsonschema_rs.Draft7Validator(load_schema("permit-v1"))
