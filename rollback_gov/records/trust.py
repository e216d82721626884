"""Whose signature counts for what, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rollback_gov.model.errors import UsageError
from rollback_gov.model.trust import Trust, TrustedKey
from rollback_gov.records.dsse import Envelope, verified_by
from rollback_gov.records.keys import read_public_key


@dataclass(frozen=True, slots=True)
class Signer:
    """A trusted key that signed: its entry in trust.yaml and its 32 bytes."""

    key: TrustedKey
    raw: bytes


def check_trust(trust: Trust) -> None:
    """See that every key can be read and stands once. Raises UsageError that names the entries."""
    seen: dict[bytes, str] = {}
    for key in trust.keys:
        raw = read_public_key(key.public_key)
        if raw in seen:
            raise UsageError(
                f"trust.yaml lists one key under two ids: '{seen[raw]}' and '{key.id}'.",
                hint="A key has one role; make another key for the other role.",
            )
        seen[raw] = key.id


def signers(envelope: Envelope, trust: Trust, role: str, at: datetime) -> Iterator[Signer]:
    """Give the trusted keys of a role, valid at a time (UTC), of which a signature verifies. Raises UsageError."""
    check_trust(trust)
    candidates = {read_public_key(key.public_key): key for key in trust.keys if key.role == role and _is_valid(key, at)}
    for raw in sorted(verified_by(envelope, candidates)):
        yield Signer(candidates[raw], raw)


def _is_valid(key: TrustedKey, at: datetime) -> bool:
    day = f"{at:%Y-%m-%d}"
    return (not key.not_before or day >= key.not_before) and (not key.not_after or day <= key.not_after)
