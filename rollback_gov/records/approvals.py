"""Approvals: one person's signed yes to exactly one plan."""

from __future__ import annotations

from dataclasses import field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.model.evidence import Approval, Digests
from rollback_gov.model.record import Record
from rollback_gov.records.errors import RecordError
from rollback_gov.records.exclusion import Excluded, RejectedError, Rejection
from rollback_gov.records.statement import APPROVAL, make, predicate, read, records, write
from rollback_gov.records.times import SKEW, file_stamp, moment
from rollback_gov.records.trust import APPROVER, Keyring, folded, is_valid

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from rollback_gov.model.trust import TrustedKey
    from rollback_gov.records.dsse import Envelope

FOLDER = "approvals"
LIFE = timedelta(days=30)
"""How long a yes lasts; without an end, whoever holds an expired key could still say it, dated back."""
_TEXTS = ("operation", "plan", "executable", "person", "at")


class RejectedApproval(Record):
    """A file that lies where approvals lie and does not count: why, in one word and in one sentence.

    ``sha256`` is the record's identity where it has one.
    """

    file: str
    code: Rejection
    reason: str
    sha256: str = ""


class Approvals(Record):
    """Approvals that count for a plan, and the others with the reason why they do not."""

    valid: tuple[Approval, ...]
    rejected: tuple[RejectedApproval, ...]

    @property
    def attestations(self) -> frozenset[str]:
        """Everything that somebody attests."""
        return frozenset(name for approval in self.valid for name in approval.attestations)


class Asked(Record):
    """For what an approval has to count: a plan, at a time (UTC), by somebody who had no hand in it.

    Where it is not known who had, that is the caller's concern.
    """

    digests: Digests
    now: datetime
    excluded: Excluded = field(default=Excluded())


def sign_approval(folder: Path, approval: Approval, key: Ed25519PrivateKey, entry: TrustedKey) -> Path:
    """Write one person's approval beside the plan and give the file."""
    body = {name: getattr(approval, name) for name in _TEXTS} | {"attestations": list(approval.attestations)}
    return write(folder / FOLDER, f"{file_stamp(approval.at)}-{entry.id}", make(APPROVAL, body, ((entry.id, key),)))


def read_approvals(folder: Path, keyring: Keyring, asked: Asked) -> Approvals:
    """Read the approvals beside a plan, each record once, whatever it is called."""
    valid: dict[str, Approval] = {}
    rejected = []
    for path in records(folder / FOLDER):
        identity = ""
        try:
            envelope = read(path)
            identity = envelope.sha256
            valid[identity] = _approval(envelope, keyring, asked)
        except RecordError as error:
            code = error.code if isinstance(error, RejectedError) else Rejection.UNREADABLE
            rejected.append(RejectedApproval(file=str(path), code=code, reason=str(error), sha256=identity))
    return Approvals(valid=tuple(valid.values()), rejected=tuple(rejected))


def _approval(envelope: Envelope, keyring: Keyring, asked: Asked) -> Approval:
    """Read one approval. Raises RecordError when it does not count, with the reason. Nothing unverified is parsed."""
    signers = keyring.signers(envelope, APPROVER)
    if not signers:
        raise RejectedError(Rejection.UNTRUSTED, "No trusted approver's key signed it.")
    body = predicate(envelope, APPROVAL)
    approval = Approval(**{**body, "attestations": tuple(body["attestations"])})
    signer = next((key for key in signers if folded(key.person) == folded(approval.person)), None)
    if signer is None:
        message = f"It speaks for {approval.person} and is signed by {signers[0].person}."
        raise RejectedError(Rejection.UNTRUSTED, message)
    _check_time(approval, signer, asked.now)
    asked.excluded.check(approval.person, keyring.person(signer))
    _check_plan(approval, asked.digests)
    return replace(approval, payload_sha256=envelope.sha256, key=signer.id)


def _check_time(approval: Approval, signer: TrustedKey, now: datetime) -> None:
    at = moment(approval.at)
    if not is_valid(signer, at):
        raise RejectedError(
            Rejection.UNTRUSTED, f"The key '{signer.id}' was not valid when {approval.person} approved."
        )
    if at - now > SKEW:
        raise RejectedError(Rejection.TIME, f"{approval.person} approves it in the future, at {approval.at}.")
    if now - at >= LIFE:
        message = f"{approval.person} approved it at {approval.at}; a yes lasts {LIFE.days} days."
        raise RejectedError(Rejection.TIME, message)


def _check_plan(approval: Approval, today: Digests) -> None:
    if approval.plan != today.plan or approval.executable != today.executable:
        what = "what runs" if approval.executable != today.executable else "its wording"
        message = f"The plan has changed since {approval.person} approved it ({what})."
        raise RejectedError(Rejection.STALE, message)
