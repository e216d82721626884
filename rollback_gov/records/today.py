"""What a permit is held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rollback_gov.model.evidence import Digests, StoredEvidence
from rollback_gov.model.record import Record
from rollback_gov.records.approvals import Approvals
from rollback_gov.records.errors import Unreadable
from rollback_gov.records.permit import ROLE as ISSUER
from rollback_gov.records.trust import STATUS_LIST_SIGNER, Keyring
from rollback_gov.records.verdict import Reason

if TYPE_CHECKING:
    from rollback_gov.records.status_list import StatusList


class Today(Record):
    """Today's plan, where it goes, what its level demands, the records beside it, and the clock (UTC)."""

    operation: str
    environment: str
    repository: str
    level: int
    digests: Digests
    parameters: Mapping[str, str]
    artefacts: Mapping[str, str] | None
    """sha256 of what is about to be deployed, by name. None: nothing is deployed, and they are not compared."""
    approvers: int
    attestations: tuple[str, ...]
    permit_longest: timedelta
    evidence_max_age: timedelta
    evidence: tuple[StoredEvidence, ...]
    approvals: Approvals
    status_list: StatusList | Unreadable | None
    """Which permits were revoked. None: nobody wrote that down."""
    status_version: int
    """The newest version of it of which the audit log tells; 0 where it tells of none."""
    obstacles: tuple[Reason, ...]
    """What stands in the way of any permit: a review of a break-glass that is overdue, a watch that is blind."""
    keyring: Keyring
    now: datetime
    claimed: Callable[[str], str]
    """Says by whom the permit with that identity was used; empty while nobody did."""

    @property
    def needs_signatures(self) -> bool:
        """Unsigned records are for trying out and never satisfy level 3 or 4."""
        return self.level >= 3

    @property
    def permit_signatures(self) -> int:
        """How many permit-issuers sign a permit: one at level 3, two at level 4, or what trust.yaml says if more."""
        return max(0, self.level - 2, self.keyring.threshold(ISSUER))

    @property
    def needs_status_list(self) -> bool:
        """Whether a permit must be revocable: at level 4, and wherever somebody was given the key for it."""
        return self.level >= 4 or self.keyring.has_role(STATUS_LIST_SIGNER)

    @property
    def needs_rehearsal(self) -> bool:
        """Level 1 is advice."""
        return self.level >= 2
