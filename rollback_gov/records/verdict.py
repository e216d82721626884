"""What is said about a permit: whether it allows a deployment, and if not, why."""

from __future__ import annotations

from enum import StrEnum

from rollback_gov.model.record import Record
from rollback_gov.records.text import one_line

PERMITS = "permits"
"""The folder of permits, beside the plan."""


class Code(StrEnum):
    """Why a permit does not allow a deployment."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too-large"
    DUPLICATE_KEY = "duplicate-key"
    SIGNATURE = "signature"
    THRESHOLD = "threshold"
    PAYLOAD_TYPE = "payload-type"
    SCHEMA = "schema"
    PREDICATE = "predicate"
    PLAN_CHANGED = "plan-changed"
    WRONG_OPERATION = "wrong-operation"
    WRONG_ENVIRONMENT = "wrong-environment"
    WRONG_REPOSITORY = "wrong-repository"
    LEVEL = "level-below-floor"
    PARAMETERS = "parameters"
    ARTEFACT = "artefact"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    LIFETIME = "lifetime"
    CLOCK = "clock"
    STATUS_MISSING = "status-missing"
    STATUS_UNTRUSTED = "status-untrusted"
    STATUS_ROLLED_BACK = "status-rolled-back"
    STATUS_STALE = "status-stale"
    REVOKED = "revoked"
    EVIDENCE_MISSING = "evidence-missing"
    EVIDENCE_UNTRUSTED = "evidence-untrusted"
    EVIDENCE_OTHER_PLAN = "evidence-other-plan"
    EVIDENCE_STALE = "evidence-stale"
    APPROVALS = "approvals"
    BREAK_GLASS = "break-glass"
    BREAK_GLASS_OVERDUE = "break-glass-overdue"
    BASELINE = "baseline"
    BLIND = "blind"
    USED = "already-used"
    NOT_TAKEN = "use-not-taken"
    LOG_UNREACHABLE = "audit-log-unreachable"


class Reason(Record):
    """One reason, in one sentence, and what to do about it."""

    code: Code
    message: str
    hint: str = ""


def reason(code: Code, message: str, hint: str = "") -> Reason:
    """Make a reason out of text that may quote a record."""
    return Reason(code=code, message=one_line(message), hint=one_line(hint))


class Verdict(Record):
    """Whether a permit allows the deployment; if not, every reason that could be found."""

    allowed: bool
    reasons: tuple[Reason, ...]
    permit_sha256: str = ""
    file: str = ""
    signed: bool = False
    """Whether the permit has a signature at all; one that nobody signed is for trying out."""
    waived: tuple[Reason, ...] = ()
    """What a break-glass set aside; each would have been a reason."""
    break_glass: str = ""
    """The identity of that break-glass."""


def no_permit(environment: str) -> Verdict:
    """Say that nobody gave one."""
    message = f"There is no permit for {environment} beside the plan."
    hint = f"Ask for one: rollback-gov permit issue … --environment {environment}"
    return Verdict(allowed=False, reasons=(reason(Code.MISSING, message, hint),))
