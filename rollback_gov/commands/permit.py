"""Permits: approve, issue, verify, claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from rollback_gov import __version__
from rollback_gov.commands.validate import Demands, subject_of
from rollback_gov.commands.workspace import Workspace
from rollback_gov.execution.saving import check_baseline
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.evidence import ATTESTATIONS, Approval, Digests, StoredEvidence
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import LoadedPlan
from rollback_gov.plans.parameters import resolve
from rollback_gov.policy.check import check
from rollback_gov.policy.evidence import judged
from rollback_gov.policy.levels import LevelRequirements, floor, requirements
from rollback_gov.policy.subject import Subject
from rollback_gov.records.approvals import ROLE as APPROVER
from rollback_gov.records.approvals import Counted, count_approvals, sign_approval
from rollback_gov.records.canonical import canonical_document, digest_of
from rollback_gov.records.claim import claim, claimed_by
from rollback_gov.records.digests import digests
from rollback_gov.records.evidence import load_evidence
from rollback_gov.records.keys import public_bytes, read_public_key
from rollback_gov.records.permit import (
    ROLE,
    BoundApproval,
    BoundEvidence,
    Code,
    Permit,
    Reason,
    Today,
    Verdict,
    newest_permit,
    verify_permit,
    write_permit,
)
from rollback_gov.records.trust import check_trust

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from rollback_gov.model.trust import TrustedKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitRequest:
    """One operation that wants to go to one environment, and what is known about it. ``now`` is UTC."""

    loaded: LoadedPlan
    workspace: Workspace
    environment: str
    now: datetime
    environ: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    lives: timedelta | None = None

    @property
    def plan(self) -> Plan:
        """The plan. Raises Refused when it cannot be read."""
        return self.loaded.require()

    @property
    def demands(self) -> LevelRequirements:
        """What the level asks for: the plan's own, or the floor of its services and environment."""
        policy = self.workspace.policy
        least, _ = floor(self.plan.change.services, policy, environment=self.environment)
        return requirements(max(self.plan.metadata.level, least), policy)

    @property
    def digests(self) -> Digests:
        """Today's digests."""
        return digests(self.plan, self.loaded.files)

    @property
    def parameters(self) -> dict[str, str]:
        """The values that will be used; secrets by name only. Raises UsageError where one is missing."""
        environment = self.workspace.environment(self.environment)
        return resolve(self.plan, environment, None, self.given)

    @property
    def subject(self) -> Subject:
        """What the rules look at."""
        demands = Demands(
            policy=self.workspace.policy,
            trust=lambda: self.workspace.trust,
            now=self.now,
            purpose="permit",
            environment=self.environment,
            parameters=self.parameters,
        )
        return subject_of(self.loaded, self.plan, demands)


def approve(request: PermitRequest, key: Ed25519PrivateKey, attestations: tuple[str, ...]) -> tuple[Path, str]:
    """Sign an approval with a person's own key; gives the file and the person.

    Raises UsageError for a key that trust.yaml does not know as an approver's, Refused for the author of the plan.
    """
    from rollback_gov.commands.authors import authors_of

    unknown = [name for name in attestations if name not in ATTESTATIONS]
    if unknown:
        raise UsageError(f"'{unknown[0]}' cannot be attested; possible: {', '.join(ATTESTATIONS)}.")
    entry = _entry(request.workspace, key, APPROVER)
    authors = {author.casefold() for author in authors_of(request.loaded, request.environ)}
    if authors & {name.casefold() for name in (entry.person, *entry.emails)}:
        raise Refused(f"{entry.person} wrote this plan; somebody else approves it.")
    today = request.digests
    approval = Approval(
        operation=request.plan.metadata.operation,
        plan=today.plan,
        executable=today.executable,
        person=entry.person,
        attestations=attestations,
        at=_stamp(request.now),
    )
    return sign_approval(request.loaded.folder, approval, key, entry), entry.person


def issue(request: PermitRequest, key: Ed25519PrivateKey | None) -> tuple[Path, Permit]:
    """Issue a permit. Raises Refused with every reason at once, each with what to do about it."""
    from rollback_gov.commands.authors import authors_of

    request.workspace.environment(request.environment)
    trust, demands = request.workspace.trust, request.demands
    approvals = count_approvals(
        request.loaded.folder, trust, request.digests, authors_of(request.loaded, request.environ)
    )
    subject = request.subject
    reasons = [*_findings(subject), *_approvals(approvals, demands), *_key_reasons(request, key, demands)]
    if reasons:
        raise Refused(
            f"No permit for {request.plan.metadata.operation} to {request.environment}:", reasons=tuple(reasons)
        )
    evidence = tuple(entry.stored for entry in judged(subject) if not entry.flaws)
    permit = _permit(request, approvals, evidence, key)
    keys = ((_entry(request.workspace, key, ROLE).id, key),) if key is not None else ()
    return write_permit(request.loaded.folder, permit, keys), permit


def verify(request: PermitRequest, file: Path | None = None) -> Verdict:
    """Verify a permit, offline, running nothing: the named one, or the newest for the environment."""
    plan, demands = request.plan, request.demands
    path = file or newest_permit(request.loaded.folder, request.environment)
    today = Today(
        operation=plan.metadata.operation,
        environment=request.environment,
        repository=_repository(request.workspace),
        level=demands.level,
        digests=request.digests,
        parameters=request.parameters,
        approvers=demands.approvers,
        evidence=load_evidence(request.loaded.folder, request.workspace.trust),
        trust=request.workspace.trust,
        now=request.now,
    )
    return verify_permit(path, today, claimed=claimed_by(path) if path else "")


def claim_permit(request: PermitRequest, file: Path | None, person: str) -> Verdict:
    """Verify a permit and take its single use, with the baseline kept. Exactly one of many claims is allowed."""
    verdict = verify(request, file)
    reasons = (*verdict.reasons, *_baseline(request))
    if reasons:
        return replace(verdict, allowed=False, reasons=reasons)
    before = claim(Path(verdict.file), by=person, at=_stamp(request.now), permit_sha256=verdict.permit_sha256)
    if not before:
        return verdict
    reason = Reason(code=Code.USED, message=f"The permit has been used: {before}. It counts once.")
    return replace(verdict, allowed=False, reasons=(reason,))


def check_permit(
    workspace: Workspace, loaded: LoadedPlan, environment: str, now: datetime, given: Mapping[str, str] | None = None
) -> Verdict:
    """Say whether what is being rolled back was allowed to go out. That its use was taken is as it should be."""
    request = PermitRequest(loaded=loaded, workspace=workspace, environment=environment, now=now, given=given or {})
    verdict = verify(request)
    reasons = tuple(reason for reason in verdict.reasons if reason.code is not Code.USED)
    return replace(verdict, allowed=not reasons, reasons=reasons)


def _findings(subject: Subject) -> list[str]:
    return [_line(finding) for finding in check(subject).findings if finding.severity is Severity.ERROR]


def _line(finding: Finding) -> str:
    return f"{finding.code} {finding.message} {finding.hint}".strip()


def _approvals(approvals: Counted, demands: LevelRequirements) -> list[str]:
    reasons = []
    if len(approvals.valid) < demands.approvers:
        people = f" ({', '.join(approval.person for approval in approvals.valid)})" if approvals.valid else ""
        reasons.append(
            f"{len(approvals.valid)} of {demands.approvers} approvals by people who did not write the plan{people}. "
            "Approve with `rollback-gov permit approve`."
        )
    reasons += [
        f"Nobody attests '{name}'. Add it to an approval: --attest {name}"
        for name in demands.attestations
        if name not in approvals.attestations
    ]
    if reasons:
        reasons += [f"{Path(item.file).name} does not count: {item.reason}" for item in approvals.rejected]
    return reasons


def _key_reasons(request: PermitRequest, key: Ed25519PrivateKey | None, demands: LevelRequirements) -> list[str]:
    if key is None:
        unsigned = demands.level >= 3
        return [f"Level {demands.level} asks for a signed permit. Use --key FILE."] if unsigned else []
    try:
        _entry(request.workspace, key, ROLE)
    except UsageError as error:
        return [f"{error} {error.hint}".strip()]
    return []


def _baseline(request: PermitRequest) -> tuple[Reason, ...]:
    """No baseline, no deployment: what a rollback restores from must be kept before the change goes out."""
    folder = request.loaded.folder / "baseline" / request.environment
    results = {item.id: check_baseline(folder, item)[0] for item in request.plan.baseline if item.required}
    return tuple(
        Reason(
            code=Code.BASELINE,
            message=f"The baseline '{name}' of {request.environment} is {result}.",
            hint=f"Run `rollback-gov capture {request.loaded.source.name} --environment {request.environment}`.",
        )
        for name, result in results.items()
        if result != "intact"
    )


def _permit(
    request: PermitRequest,
    approvals: Counted,
    evidence: tuple[StoredEvidence, ...],
    key: Ed25519PrivateKey | None,
) -> Permit:
    demands = request.demands
    bound = tuple(_bound(stored, demands) for stored in evidence)
    longest = timedelta(seconds=demands.permit_longest.seconds)
    life = min(request.lives or timedelta(seconds=demands.permit_life.seconds), longest)
    ends = [request.now + life, *(datetime.fromisoformat(item.expires) for item in bound)]
    return Permit(
        operation=request.plan.metadata.operation,
        environment=request.environment,
        repository=_repository(request.workspace),
        level=demands.level,
        digests=request.digests,
        parameters=request.parameters,
        policy=digest_of(canonical_document(request.workspace.policy)),
        evidence=bound,
        approvals=tuple(
            BoundApproval(
                sha256=approval.payload_sha256,
                person=approval.person,
                key=approval.key,
                at=approval.at,
                attestations=approval.attestations,
            )
            for approval in approvals.valid
        ),
        issued=_stamp(request.now),
        not_before=_stamp(request.now),
        expires=_stamp(min(ends)),
        nonce=token_hex(16),
        issuer=_entry(request.workspace, key, ROLE).id if key is not None else "",
        tool_version=__version__,
    )


def _bound(stored: StoredEvidence, demands: LevelRequirements) -> BoundEvidence:
    evidence = stored.evidence
    expires = datetime.fromisoformat(evidence.finished) + timedelta(seconds=demands.evidence_max_age.seconds)
    return BoundEvidence(
        sha256=stored.payload_sha256,
        kind=evidence.kind,
        environment=evidence.environment,
        scenario=evidence.scenario,
        expires=_stamp(expires),
    )


def _entry(workspace: Workspace, key: Ed25519PrivateKey, role: str) -> TrustedKey:
    """Find a private key's entry in trust.yaml. Raises UsageError where it has none, or another role."""
    check_trust(workspace.trust)
    raw = public_bytes(key)
    entry = next((item for item in workspace.trust.keys if read_public_key(item.public_key) == raw), None)
    if entry is None:
        raise UsageError(
            "The key is not in .rollback-gov/trust.yaml.",
            hint=f"Add it there with the role {role}; `rollback-gov keys generate --add-to-trust` does so.",
        )
    if entry.role != role:
        raise UsageError(f"The key '{entry.id}' has the role {entry.role}, not {role}.")
    return entry


def _repository(workspace: Workspace) -> str:
    """Name the repository: the URL of git's remote `origin`, or the folder's name. Reads one file and runs nothing."""
    config = workspace.root / ".git" / "config"
    try:
        lines = config.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return workspace.root.name
    inside = False
    for line in lines:
        if line.strip().startswith("["):
            inside = line.strip() == '[remote "origin"]'
        elif inside and line.strip().startswith("url"):
            return _without_credentials(line.partition("=")[2].strip())
    return workspace.root.name


def _without_credentials(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}" if separator else url


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
