"""The second signature: somebody else, with another key, sees for themselves and signs the same permit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.permit import PermitRequest
from rollback_gov.commands.permit_objections import Examined, Objection, examine, refuse, would_not_verify
from rollback_gov.commands.signing import valid_entry
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record
from rollback_gov.records.dsse import encode, sign
from rollback_gov.records.permit import ROLE
from rollback_gov.records.replace import held, replace_file
from rollback_gov.records.statement import read, records
from rollback_gov.records.today import Today
from rollback_gov.records.verdict import PERMITS, Code, Reason
from rollback_gov.records.verify import verify_envelope, verify_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from rollback_gov.records.dsse import Envelope


class Signed(Record):
    """The permit's file, whose signature was added, and what still keeps the permit from counting."""

    file: Path
    signer: str
    reasons: tuple[Reason, ...]


def sign_again(request: PermitRequest, file: Path | None, key: Ed25519PrivateKey) -> Signed:
    """Add a signature to the named permit, or to the one beside the plan that waits for one.

    It is looked at as closely as when it was issued. Raises NotIssued with every reason, and UsageError for a key that
    does not count or has signed it already.
    """
    entry = valid_entry(request.keyring, key, ROLE, request.now)
    examined = examine(request, key)
    today = examined.today
    path = file or _waiting(request, today)
    try:
        with held(path.parent):
            envelope = read(path)
            signers = request.keyring.signers(envelope, ROLE)
            if request.keyring.count_signers((*signers, entry)) == request.keyring.count_signers(signers):
                raise UsageError(f"'{entry.id}' has signed {path.name} already.", hint="Another person signs it.")
            refuse(request, (*examined.objections, *_against(envelope, examined)))
            (mine,) = sign(envelope.payload, [(entry.id, key)]).signatures
            both = envelope._replace(signatures=(*envelope.signatures, mine))
            replace_file(path, encode(both))
    except OSError as error:
        raise UsageError(f"Cannot sign {path}: {error.strerror}.") from error
    return Signed(file=path, signer=entry.id, reasons=verify_envelope(both, today)[0])


def _against(envelope: Envelope, examined: Examined) -> Iterator[Objection]:
    """Say what else the gate would have against it than that a signature is missing, and what was said already."""
    said = {one.message for one in examined.objections}
    reasons, _ = verify_envelope(envelope, examined.today)
    return would_not_verify(one for one in reasons if one.code is not Code.THRESHOLD and one.message not in said)


def _waiting(request: PermitRequest, today: Today) -> Path:
    """Find the permit that lacks nothing but a signature."""
    for path in reversed(records(request.loaded.folder / PERMITS)):
        codes = {reason.code for reason in verify_file(path, today).reasons}
        if codes == {Code.THRESHOLD}:
            return path
    raise UsageError(
        f"No permit to {request.environment} beside the plan waits for a signature.",
        hint="Issue one with `rollback-gov permit issue`, or name it: --permit FILE.",
    )
