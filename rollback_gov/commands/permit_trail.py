"""What the audit log tells a gate: files can be removed and brought back, what was written down there cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from rollback_gov.commands.audit import Trail
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.model.record import Record
from rollback_gov.records.audit.entry import Entry
from rollback_gov.records.break_glass_trail import PREFIX, Told, told
from rollback_gov.records.verdict import Code, Reason, reason

_CLAIMED, _REVOKED, _REFRESHED = "permit.claimed", "permit.revoked", "status-list.refreshed"


class Trace(Record):
    """What the log tells, as this clone saw it last."""

    glasses: tuple[Told, ...] = ()
    claims: Mapping[str, str] = field(default_factory=dict)
    """Who used a permit or a break-glass (its identity), and when."""
    status_version: int = 0
    """The newest version of the status list."""
    problems: tuple[Reason, ...] = ()
    """Why nobody can tell."""


def trace(trail: Trail) -> Trace:
    """Read what a gate has to know. A log that is there and cannot be read is one more reason against a permit."""
    try:
        entries = tuple(trail.about(PREFIX, _CLAIMED, _REVOKED, _REFRESHED))
        return Trace(glasses=told(entries), claims=_claims(entries), status_version=_version(entries))
    except RollbackGovError as error:
        text = f"Nobody can tell whether a review of a break-glass is overdue: {error}"
        hint = error.hint or "See what is wrong with the log: rollback-gov audit verify"
        return Trace(problems=(reason(Code.BREAK_GLASS_OVERDUE, text, hint),))


def _claims(entries: tuple[Entry, ...]) -> dict[str, str]:
    found = dict[str, str]()
    for entry in entries:
        if entry.event == _CLAIMED:
            for identity in (entry.data.get("permit"), entry.data.get("break_glass")):
                found.setdefault(str(identity or ""), f"by {entry.by} at {entry.at}, says the audit log")
    found.pop("", None)
    return found


def _version(entries: tuple[Entry, ...]) -> int:
    versions = (entry.data.get("version") for entry in entries if entry.event in (_REVOKED, _REFRESHED))
    return max((version for version in versions if isinstance(version, int)), default=0)
