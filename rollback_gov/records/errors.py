"""What can be wrong with a record."""

from __future__ import annotations

from dataclasses import dataclass

from rollback_gov.model.errors import RollbackGovError


class RecordError(RollbackGovError):
    """A record cannot be read: not JSON, not an envelope, not the statement that was asked for."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that lies where records lie and does not count, with the reason in one sentence."""

    file: str
    reason: str
