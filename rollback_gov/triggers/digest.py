"""What triggers and bands are, as a digest: wording does not count."""

from __future__ import annotations

import json
from hashlib import sha256

from rollback_gov.model.document import to_document
from rollback_gov.model.plan import Plan
from rollback_gov.model.trigger import Band, Trigger


def digest(record: Trigger | tuple[Trigger, ...] | tuple[Band, ...]) -> str:
    """Give the sha256 of a trigger, of triggers or of bands, without what only people read."""
    return sha256(json.dumps(to_document(record, prose=False), sort_keys=True).encode()).hexdigest()


def rules_digest(plan: Plan) -> str:
    """Give the sha256 of all that a plan decides by: its triggers and its bands, without what only people read."""
    return sha256(f"{digest(plan.triggers)} {digest(plan.decision)}".encode()).hexdigest()
