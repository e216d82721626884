"""Everything that stands against a permit before it is issued, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.authors import Authors, authors_of
from rollback_gov.commands.judge import Demands, subject_of
from rollback_gov.commands.permit import PermitRequest
from rollback_gov.commands.policy import checked_policy
from rollback_gov.commands.signing import trusted_entry
from rollback_gov.commands.waivers import WaiverFile, load_waivers
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.model.record import Record
from rollback_gov.policy.check import check
from rollback_gov.policy.levels import LevelRequirements
from rollback_gov.policy.subject import Subject
from rollback_gov.records.approvals import Approvals, Asked, read_approvals
from rollback_gov.records.exclusion import Excluded
from rollback_gov.records.keys import public_bytes
from rollback_gov.records.permit import ROLE
from rollback_gov.records.revocation import revocation
from rollback_gov.records.text import one_line
from rollback_gov.records.today import Today
from rollback_gov.records.verdict import Reason

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


_HOW_TO_APPROVE = "Approve with `rollback-gov permit approve`, or review the pull request: --reviews NUMBER."


class Objection(Record):
    """One thing that stands against a permit: a rule's code or a reason's, a sentence, and what to do about it."""

    code: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return one_line(f"{self.message} {self.hint}".strip())


class Examined(Record):
    """A request as the level sees it, today: what stands against it, and on what a permit would stand."""

    objections: tuple[Objection, ...]
    approvals: Approvals
    subject: Subject
    waived: tuple[Finding, ...]
    """Findings that were accepted."""
    waivers: WaiverFile
    """The waivers that decided so."""
    today: Today
    excluded: Excluded


def examine(request: PermitRequest, key: Ed25519PrivateKey | None = None) -> Examined:
    """Ask the rules, the history and the approvals; the key is that of whoever wants to sign.

    Raises Refused for a plan that cannot be read.
    """
    request.loaded.require()
    request.workspace.environment(request.environment)
    authors, excluded = excluded_of(request, key)
    asked = Asked(digests=request.digests, now=request.now, excluded=excluded)
    approvals = read_approvals(request.loaded.folder, request.keyring, asked)
    waivers = load_waivers(request.workspace.files)
    subject = _subject(request, waivers)
    found = check(subject).findings
    waived = tuple(finding for finding in found if finding.waived is not None)
    today = request.today()
    objections = (
        *_findings(found),
        *_authorship(authors, request.demands),
        *_approvals(request, approvals),
        *_at_the_gate(today),
    )
    return Examined(
        objections=objections,
        approvals=approvals,
        subject=subject,
        waived=waived,
        waivers=waivers,
        today=today,
        excluded=excluded,
    )


def excluded_of(request: PermitRequest, key: Ed25519PrivateKey | None) -> tuple[Authors, Excluded]:
    """Give who wrote the plan, with what is not known about that, and everybody who cannot approve it."""
    authors = authors_of(request.loaded, request.environ)
    committers = authors.committers - authors.known
    return authors, Excluded(authors=authors.known, committers=committers, starters=_starters(request, key))


def key_objections(request: PermitRequest, key: Ed25519PrivateKey | None) -> Iterator[Objection]:
    """Say what is wrong with the key that signs, or with its absence."""
    level = request.demands.level
    if key is None:
        if level >= 3:
            yield Objection(
                code="signature", message=f"Level {level} asks for a signed permit.", hint="Use --key FILE."
            )
        return
    try:
        trusted_entry(request.keyring, key, ROLE)
    except UsageError as error:
        yield Objection(code="signature", message=str(error), hint=error.hint)


def would_not_verify(reasons: Iterable[Reason]) -> Iterator[Objection]:
    """Say what the gate would have against the permit."""
    for reason in reasons:
        yield Objection(code=reason.code, message=f"It would not be valid: {reason.message}", hint=reason.hint)


class NotIssued(Refused):
    """There is no permit; ``objections`` say why, ``reasons`` the same as text."""

    def __init__(self, request: PermitRequest, objections: tuple[Objection, ...]) -> None:
        what = f"No permit for {request.plan.metadata.operation} to {request.environment}:"
        super().__init__(what, reasons=tuple(map(str, objections)))
        self.objections = objections


def refuse(request: PermitRequest, objections: Iterable[Objection]) -> None:
    """Raise NotIssued with every objection, where there is any."""
    found = tuple(objections)
    if found:
        raise NotIssued(request, found)


def _starters(request: PermitRequest, key: Ed25519PrivateKey | None) -> frozenset[str]:
    """Give who asks for the permit: who started the workflow, and whose key signs."""
    entry = request.keyring.entry(public_bytes(key)) if key is not None else None
    actors = {request.environ.get(name, "") for name in ("GITHUB_ACTOR", "GITHUB_TRIGGERING_ACTOR")}
    return frozenset(actors - {""}) | (request.keyring.person(entry) if entry is not None else frozenset())


def _subject(request: PermitRequest, waivers: WaiverFile) -> Subject:
    """Give what the rules look at."""
    demands = Demands(
        policy=checked_policy(request.workspace),
        trust=lambda: request.workspace.trust,
        now=request.now,
        purpose="permit",
        environment=request.environment,
        parameters=request.parameters,
        waivers=tuple(written.waiver for written in waivers.waivers),
    )
    return subject_of(request.loaded, request.plan, demands)


def _findings(found: Iterable[Finding]) -> Iterator[Objection]:
    for finding in found:
        if finding.severity is Severity.ERROR and finding.waived is None:
            yield Objection(code=finding.code, message=f"{finding.code} {finding.message}", hint=finding.hint)


def _at_the_gate(today: Today) -> Iterator[Objection]:
    """Say what the gate has against any permit at all, such as a status list that does not count."""
    for reason in (*revocation(0, "", today), *today.obstacles):
        yield Objection(code=reason.code, message=reason.message, hint=reason.hint)


def _authorship(authors: Authors, demands: LevelRequirements) -> Iterator[Objection]:
    """From level 3 on, "somebody else than the author" has to be known, not hoped."""
    for doubt in authors.doubts if demands.level >= 3 else ():
        yield Objection(code="authorship", message=doubt)


def _approvals(request: PermitRequest, approvals: Approvals) -> tuple[Objection, ...]:
    found = tuple(_missing(request, approvals))
    return (*found, *_rejected(request, approvals)) if found else ()


def _missing(request: PermitRequest, approvals: Approvals) -> Iterator[Objection]:
    demands = request.demands
    reviews = request.reviews.valid
    people = request.keyring.count_people(
        (approval.key for approval in approvals.valid), (review.login for review in reviews)
    )
    if people < demands.approvers:
        names = ", ".join(sorted({*(one.person for one in approvals.valid), *(review.login for review in reviews)}))
        message = (
            f"{people} of {demands.approvers} approvals by people who did not write the plan"
            f"{f' ({names})' if names else ''}."
        )
        yield Objection(code="approvals", message=message, hint=_HOW_TO_APPROVE)
    for name in demands.attestations:
        if name not in approvals.attestations:
            hint = f"Add it to an approval: --attest {name}"
            yield Objection(code="approvals", message=f"Nobody attests '{name}'.", hint=hint)


def _rejected(request: PermitRequest, approvals: Approvals) -> Iterator[Objection]:
    for item in approvals.rejected:
        yield Objection(code=item.code, message=f"{Path(item.file).name} does not count: {item.reason}")
    for review in request.reviews.rejected:
        yield Objection(code=review.code, message=f"The review of {review.login} does not count: {review.reason}")
