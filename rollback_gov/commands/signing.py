"""Which entry of trust.yaml a private key belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rollback_gov.model.errors import UsageError
from rollback_gov.records.keys import public_bytes
from rollback_gov.records.trust import Keyring, is_valid

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from rollback_gov.model.trust import TrustedKey


def trusted_entry(keyring: Keyring, key: Ed25519PrivateKey, role: str) -> TrustedKey:
    """Find a private key's entry in trust.yaml. Raises UsageError where it has none, or another role."""
    entry = keyring.entry(public_bytes(key))
    if entry is None:
        raise UsageError(
            "The key is not in .rollback-gov/trust.yaml.",
            hint=f"Add it there with the role {role}; `rollback-gov keys generate --add-to-trust` does so.",
        )
    if entry.role != role:
        raise UsageError(f"The key '{entry.id}' has the role {entry.role}, not {role}.")
    return entry


def valid_entry(keyring: Keyring, key: Ed25519PrivateKey, role: str, now: datetime) -> TrustedKey:
    """Like ``trusted_entry``, for a key that is valid today; anything signed with another one would not count."""
    entry = trusted_entry(keyring, key, role)
    if not is_valid(entry, now):
        raise UsageError(f"The key '{entry.id}' is not valid today: see not_before and not_after in trust.yaml.")
    return entry


def signers(
    keyring: Keyring, key: Ed25519PrivateKey | None, role: str, now: datetime
) -> tuple[tuple[str, Ed25519PrivateKey], ...]:
    """Give what ``make`` signs with: a trusted key with its id, or nothing.

    Raises UsageError for a key that would not count, and where there is none although trust.yaml gives the role.
    """
    if key is None and keyring.has_role(role):
        raise UsageError(f"trust.yaml gives somebody the role {role}: sign with --key FILE, or ROLLBACK_GOV_KEY.")
    return ((valid_entry(keyring, key, role, now).id, key),) if key is not None else ()
