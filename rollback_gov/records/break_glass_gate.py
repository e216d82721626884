"""What a break-glass does to the gate of a deployment: it sets some reasons aside, or is one more of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from rollback_gov.records.break_glass import (
    LONGEST,
    ROLE,
    SIGNED_LEVEL,
    BreakGlass,
    StoredBreakGlass,
    read_break_glasses,
)
from rollback_gov.records.break_glass_trail import Told, lost
from rollback_gov.records.times import SKEW, moment, stamp
from rollback_gov.records.today import Today
from rollback_gov.records.trust import Keyring, folded, is_valid
from rollback_gov.records.verdict import Code, Reason, Verdict, reason

NEVER = frozenset(
    {
        Code.UNREADABLE,
        Code.TOO_LARGE,
        Code.DUPLICATE_KEY,
        Code.SIGNATURE,
        Code.THRESHOLD,
        Code.PAYLOAD_TYPE,
        Code.SCHEMA,
        Code.PREDICATE,
        Code.PLAN_CHANGED,
        Code.WRONG_OPERATION,
        Code.WRONG_ENVIRONMENT,
        Code.WRONG_REPOSITORY,
        Code.BREAK_GLASS,
        Code.NOT_TAKEN,
        Code.LOG_UNREACHABLE,
    }
)
"""What no emergency sets aside: that the permit is one, and that it is for this."""
WAIVABLE = tuple(code for code in Code if code not in NEVER)


def through(verdict: Verdict, glass: StoredBreakGlass, today: Today) -> Verdict:
    """Set aside what a break-glass waives, one by one. A break-glass that does not hold sets nothing aside."""
    wrong = tuple(why_not(glass, today))
    if wrong:
        return replace(verdict, allowed=False, reasons=(*verdict.reasons, *wrong))
    waived = tuple(one for one in verdict.reasons if one.code in glass.record.waived and one.code not in NEVER)
    left = tuple(one for one in verdict.reasons if one not in waived)
    return replace(verdict, allowed=not left, reasons=left, waived=waived, break_glass=glass.sha256)


def why_not(glass: StoredBreakGlass, today: Today) -> Iterator[Reason]:
    """Give every reason why a break-glass does not hold for today's deployment."""
    for problem in (*_for_something_else(glass, today), *_times(glass, today), *_people(glass, today)):
        yield reason(Code.BREAK_GLASS, f"The break-glass {glass.sha256[:12]} does not hold: {problem}.")


def _for_something_else(glass: StoredBreakGlass, today: Today) -> Iterator[str]:
    record = glass.record
    if record.purpose != "deployment":
        yield "it was opened for a rollback"
    for name, then, now in (
        ("operation", record.operation, today.operation),
        ("environment", record.environment, today.environment),
        ("repository", record.repository, today.repository),
    ):
        if then != now:
            yield f"it is for the {name} '{then}', not '{now}'"
    if (record.plan, record.executable) != (today.digests.plan, today.digests.executable):
        yield "the plan has changed since it was opened"
    if used := today.claimed(glass.sha256):
        yield f"it has been used: {used}"
    if record.level < today.level:
        yield f"it was opened at level {record.level}, and level {today.level} is required now"


def _times(glass: StoredBreakGlass, today: Today) -> Iterator[str]:
    opened, expires = moment(glass.record.opened), moment(glass.record.expires)
    if opened - today.now > SKEW:
        yield f"it was opened at {glass.record.opened}, and it is {stamp(today.now)} now"
    if today.now >= expires:
        yield f"it ended at {glass.record.expires}"
    if expires - opened > LONGEST:
        yield f"it is to last from {glass.record.opened} to {glass.record.expires}; the longest is four hours"


def _people(glass: StoredBreakGlass, today: Today) -> Iterator[str]:
    """From level 3 on, and wherever somebody has the role, another person authorises it with a key of that role."""
    entries = [key for key in today.keyring.entries(glass.signers) if is_valid(key, today.now)]
    authorised = [key for key in entries if folded(key.person) == folded(glass.record.authorised_by)]
    if not authorised:
        if glass.signed or today.level >= SIGNED_LEVEL or today.keyring.has_role(ROLE):
            yield "nobody authorised it with a key that trust.yaml gives the role break-glass"
        return
    if today.level >= SIGNED_LEVEL and folded(glass.record.asked_by) in today.keyring.person(authorised[0]):
        yield f"{glass.record.asked_by} asked for it and authorised it; another person has to"


def overdue(
    root: Path,
    keyring: Keyring,
    operation: str,
    services: tuple[str, ...],
    now: datetime,
    *,
    known: Iterable[Told] = (),
) -> tuple[Reason, ...]:
    """Give the reviews that are overdue for an operation or one of its services; also whatever cannot be read.

    ``known`` are those of which the audit log tells: one whose file is gone, or was changed, still waits for a review.
    """
    glasses = read_break_glasses(root, keyring)
    hint = "Review it: rollback-gov break-glass review FILE --conclusion TEXT --key FILE"
    return (
        *(
            reason(
                Code.BREAK_GLASS_OVERDUE,
                f"The break-glass of {glass.record.operation} in {glass.record.environment} ({glass.sha256[:12]}) "
                f"was to be reviewed by {glass.record.review_due}.",
                hint,
            )
            for glass in glasses.found
            if glass.is_overdue(now) and _concerns(glass.record, operation, services)
        ),
        *(
            reason(
                Code.BREAK_GLASS_OVERDUE,
                f"The break-glass {one.sha256[:12]} of {one.operation}, which {one.asked_by} opened at {one.opened}, "
                f"was to be reviewed by {one.review_due}, and its file was removed or changed: the audit log has it.",
                f"Bring the file back from the history and review it; where it is lost: "
                f"rollback-gov break-glass review {one.sha256} --conclusion TEXT --key FILE",
            )
            for one in lost(known, glasses)
            if one.is_overdue(now) and _concerns(one, operation, services)
        ),
        *(
            reason(
                Code.BREAK_GLASS_OVERDUE,
                f"{Path(item.file).name} may be a break-glass that waits for its review: {item.reason}",
                "Bring the file back from the history.",
            )
            for item in glasses.unreadable
        ),
    )


def _concerns(glass: BreakGlass | Told, operation: str, services: tuple[str, ...]) -> bool:
    return glass.operation == operation or not set(glass.services).isdisjoint(services)
