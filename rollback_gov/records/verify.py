"""Verifying permits: signature first, then what they say. Offline; nothing is run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rollback_gov.records.demands import unmet
from rollback_gov.records.errors import (
    DuplicateKeyError,
    PayloadTypeError,
    PredicateError,
    RecordError,
    SchemaError,
    TooLargeError,
)
from rollback_gov.records.permit import ROLE, Permit, open_permit
from rollback_gov.records.statement import read
from rollback_gov.records.times import moment
from rollback_gov.records.today import Today
from rollback_gov.records.trust import is_valid
from rollback_gov.records.verdict import Code, Reason, Verdict, no_permit, reason

if TYPE_CHECKING:
    from rollback_gov.model.trust import TrustedKey
    from rollback_gov.records.dsse import Envelope

_TRUST = "See the role permit-issuer in .rollback-gov/trust.yaml."


class _Tried(NamedTuple):
    """One file, its verdict, and the permit in it where that could be read."""

    verdict: Verdict
    permit: Permit | None

    @property
    def rank(self) -> tuple[bool, str, str]:
        """The newest last; what cannot be read before all others."""
        return self.permit is not None, self.permit.issued if self.permit else "", self.verdict.file


def choose_permit(files: Iterable[Path], today: Today) -> Verdict:
    """Verify all permits for today's environment. One that allows is enough; else the newest says why not."""
    tried = [_try(path, today) for path in files]
    fitting = [one for one in tried if one.permit is None or one.permit.environment == today.environment]
    allowing = [one for one in fitting if one.verdict.allowed]
    if not fitting:
        verdict = no_permit(today.environment)
        return replace(verdict, reasons=(*verdict.reasons, *today.obstacles))
    return max(allowing or fitting, key=lambda one: one.rank).verdict


def verify_file(path: Path, today: Today) -> Verdict:
    """Verify the permit in one file."""
    return _try(path, today).verdict


def _try(path: Path, today: Today) -> _Tried:
    try:
        envelope = read(path)
    except RecordError as error:
        why = reason(_code(error), f"{path.name}: {error}")
        return _Tried(Verdict(allowed=False, reasons=(why,), file=str(path)), None)
    reasons, permit = verify_envelope(envelope, today)
    verdict = Verdict(
        allowed=not reasons,
        reasons=reasons,
        permit_sha256=envelope.sha256,
        file=str(path),
        signed=bool(envelope.signatures),
    )
    return _Tried(verdict, permit)


def verify_envelope(envelope: Envelope, today: Today) -> tuple[tuple[Reason, ...], Permit | None]:
    """Give every reason why a permit does not count (none: it does), and the permit where it may be believed.

    Reasons come in a fixed order; where a permit cannot be trusted or read, nothing else of it is looked at.
    """
    signers = today.keyring.signers(envelope, ROLE)
    if not signers and (today.permit_signatures or envelope.signatures):
        how = "its signature is not of a trusted permit-issuer" if envelope.signatures else "it is not signed"
        return (reason(Code.SIGNATURE, f"The permit does not count: {how}.", _TRUST),), None
    try:
        permit = open_permit(envelope)
        reasons = (*_key_reasons(permit, signers, today), *unmet(permit, envelope.sha256, today, signed=bool(signers)))
    except RecordError as error:
        return (reason(_code(error), f"The permit cannot be read: {error}"),), None
    claimed = today.claimed(envelope.sha256)
    if claimed:
        message = f"The permit has been used: {claimed}. It counts once."
        reasons = (*reasons, reason(Code.USED, message, "Issue another one."))
    return reasons, permit


def _key_reasons(permit: Permit, signers: tuple[TrustedKey, ...], today: Today) -> tuple[Reason, ...]:
    """A permit is worth as much as its keys are worth now: whoever holds an expired one can date a permit back."""
    times = (moment(permit.issued), today.now)
    valid = [key for key in signers if all(is_valid(key, time) for time in times)]
    if signers and not valid:
        names = ", ".join(f"'{key.id}'" for key in signers)
        message = f"The permit does not count: the key {names} was not valid when it was issued, or is not any more."
        return (reason(Code.SIGNATURE, message, _TRUST),)
    signed, asked = today.keyring.count_signers(valid), today.permit_signatures
    if signed >= asked:
        return ()
    message = f"{signed} of {asked} permit-issuers have signed the permit: {', '.join(key.id for key in valid)}."
    return (reason(Code.THRESHOLD, message, "Somebody with another key signs it: rollback-gov permit sign"),)


_CODES = {
    TooLargeError: Code.TOO_LARGE,
    DuplicateKeyError: Code.DUPLICATE_KEY,
    PayloadTypeError: Code.PAYLOAD_TYPE,
    PredicateError: Code.PREDICATE,
    SchemaError: Code.SCHEMA,
}


def _code(error: RecordError) -> Code:
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), Code.UNREADABLE)
