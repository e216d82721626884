"""Approvals: one person's signed yes to exactly one plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rollback_gov.model.evidence import ATTESTATIONS, Approval, Digests
from rollback_gov.model.trust import Trust
from rollback_gov.records.errors import RecordError, Unreadable
from rollback_gov.records.statement import APPROVAL, SUFFIX, make, predicate, read, write
from rollback_gov.records.trust import signers

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from rollback_gov.model.trust import TrustedKey

FOLDER = "approvals"
ROLE = "approver"
_TEXTS = ("operation", "plan", "executable", "person", "at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Approvals that count for today's plan, and the others with the reason why they do not."""

    valid: tuple[Approval, ...]
    rejected: tuple[Unreadable, ...]

    @property
    def attestations(self) -> frozenset[str]:
        """Everything that somebody attests."""
        return frozenset(name for approval in self.valid for name in approval.attestations)


def sign_approval(folder: Path, approval: Approval, key: Ed25519PrivateKey, entry: TrustedKey) -> Path:
    """Write one person's approval beside the plan and give the file."""
    body = {name: getattr(approval, name) for name in _TEXTS} | {"attestations": list(approval.attestations)}
    subjects = {"plan": approval.plan, "executable": approval.executable}
    stamp = "".join(character for character in approval.at if character.isalnum())[:15]
    path = folder / FOLDER / f"{stamp}-{entry.id}{SUFFIX}"
    return write(path, make(APPROVAL, body, subjects, ((entry.id, key),)))


def count_approvals(folder: Path, trust: Trust, digests: Digests, authors: Iterable[str]) -> Counted:
    """Read the approvals beside a plan. Each person and each key counts once.

    ``authors`` are names and e-mail addresses of who wrote the plan: nobody approves their own.
    """
    excluded = {author.casefold() for author in authors}
    valid: dict[str, Approval] = {}
    rejected = []
    for path in sorted((folder / FOLDER).glob(f"*{SUFFIX}")):
        try:
            approval = _approval(path, trust, digests, excluded)
        except RecordError as error:
            rejected.append(Unreadable(str(path), str(error)))
            continue
        valid[approval.person.casefold()] = approval
    return Counted(valid=tuple(valid.values()), rejected=tuple(rejected))


def _approval(path: Path, trust: Trust, digests: Digests, excluded: set[str]) -> Approval:
    """Read one approval. Raises RecordError when it does not count, with the reason."""
    envelope = read(path)
    body = predicate(envelope, APPROVAL)
    approval = _record(body)
    signer = next(signers(envelope, trust, ROLE, _time(approval.at)), None)
    if signer is None:
        raise RecordError("No trusted approver's key signed it.")
    if signer.key.person.casefold() != approval.person.casefold():
        raise RecordError(f"It speaks for {approval.person} and is signed by {signer.key.person}.")
    if excluded & {name.casefold() for name in (signer.key.person, *signer.key.emails)}:
        raise RecordError(f"{approval.person} wrote the plan; somebody else approves it.")
    if approval.plan != digests.plan or approval.executable != digests.executable:
        what = "what runs" if approval.executable != digests.executable else "its wording"
        raise RecordError(f"The plan has changed since {approval.person} approved it ({what}).")
    return Approval(
        operation=approval.operation,
        plan=approval.plan,
        executable=approval.executable,
        person=approval.person,
        attestations=approval.attestations,
        at=approval.at,
        payload_sha256=envelope.sha256,
        key=signer.key.id,
    )


def _record(body: Any) -> Approval:
    attestations = body.get("attestations")
    if not all(isinstance(body.get(name), str) for name in _TEXTS) or not isinstance(attestations, list):
        raise RecordError("The approval does not have the fields that it needs.")
    known = tuple(name for name in ATTESTATIONS if name in attestations)
    return Approval(attestations=known, **{name: body[name] for name in _TEXTS})


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None:
        raise RecordError(f"The approval's time '{text[:40]}' is no UTC time.")
    return moment
