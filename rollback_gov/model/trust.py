"""Whose signature counts for what (.rollback-gov/trust.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rollback_gov.model.record import Record


class TrustedKey(Record):
    """One public key (base64 of the 32 bytes of Ed25519, or an ``ssh-ed25519`` line), its one role and its owner.

    ``emails`` are those that the person commits under, and ``github`` is the login there: an author of a plan cannot
    approve it, and a review there and an approval here are one person's.
    ``not_before`` and ``not_after`` are dates (YYYY-MM-DD), both inclusive; empty means no limit.
    """

    id: str
    public_key: str
    role: Literal[
        "rehearsal-runner", "permit-issuer", "approver", "stakeholder", "status-list", "break-glass", "auditor"
    ]
    person: str = ""
    emails: tuple[str, ...] = ()
    github: str = ""
    not_before: str = ""
    not_after: str = ""


class Trust(Record):
    """All trusted keys of a repository, and how many of a role must sign where that is more than the level asks for."""

    keys: tuple[TrustedKey, ...]
    thresholds: Mapping[str, int] | None = None
