"""Asking for a permit before there is one: what is still missing, and who can give it."""

from __future__ import annotations

from rollback_gov.commands.permit import PermitRequest
from rollback_gov.commands.permit_objections import Examined, Objection, examine
from rollback_gov.model.record import Record
from rollback_gov.records.permit import ROLE
from rollback_gov.records.trust import APPROVER, folded, is_valid


class Asked(Record):
    """What stands against a permit of this level, who has approved, who may still, and how many have to sign it."""

    operation: str
    environment: str
    level: int
    objections: tuple[Objection, ...]
    approved: tuple[str, ...]
    may_approve: tuple[str, ...]
    """People whose keys count today, who did not write the plan and have not approved it."""
    may_issue: tuple[str, ...]
    """Ids of keys."""
    signatures: int


def ask(request: PermitRequest) -> Asked:
    """See what is missing. Nothing is written and nothing is signed. Raises Refused for a plan that cannot be read."""
    examined = examine(request)
    logins = (review.login for review in request.reviews.valid)
    approved = tuple(dict.fromkeys((*(approval.person for approval in examined.approvals.valid), *logins)))
    return Asked(
        operation=request.plan.metadata.operation,
        environment=request.environment,
        level=request.demands.level,
        objections=examined.objections,
        approved=approved,
        may_approve=_may_approve(request, examined, approved),
        may_issue=tuple(
            key.id for key in request.workspace.trust.keys if key.role == ROLE and is_valid(key, request.now)
        ),
        signatures=examined.today.permit_signatures,
    )


def _may_approve(request: PermitRequest, examined: Examined, approved: tuple[str, ...]) -> tuple[str, ...]:
    excluded = {folded(name) for name in (*examined.excluded.everybody, *approved)}
    people = (
        key.person
        for key in request.workspace.trust.keys
        if key.role == APPROVER and is_valid(key, request.now) and not request.keyring.person(key) & excluded
    )
    return tuple(dict.fromkeys(people))
