"""Breaking the glass: for a deployment that cannot wait, by itself for a rollback, and the review afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Literal

from rollback_gov.commands.permit import PermitRequest
from rollback_gov.commands.repository import repository_name
from rollback_gov.commands.signing import signers, valid_entry
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import Refused, RollbackGovError, UsageError
from rollback_gov.model.record import Record
from rollback_gov.plans.load import LoadedPlan
from rollback_gov.records.break_glass import (
    LIFE,
    LONGEST,
    ROLE,
    SIGNED_LEVEL,
    BreakGlass,
    BreakGlasses,
    StoredBreakGlass,
    read_break_glass,
    read_break_glasses,
    review_due,
    write_break_glass,
)
from rollback_gov.records.break_glass_gate import WAIVABLE
from rollback_gov.records.text import record_line
from rollback_gov.records.times import stamp
from rollback_gov.records.trust import Keyring, folded

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Emergency(Record):
    """What is asked for, by whom, and what is to be waived, one by one."""

    incident: str
    reason: str
    asked_by: str
    waived: tuple[str, ...]
    life: timedelta = LIFE


class Opened(Record):
    """A break-glass, its file, and its identity."""

    record: BreakGlass
    file: Path
    sha256: str


def open_for_deployment(request: PermitRequest, emergency: Emergency, key: Ed25519PrivateKey | None) -> Opened:
    """Open one for a deployment; the key is that of the person who authorises it.

    Raises UsageError for what cannot be waived and for a life that is too long; Refused where, from level 3 on, nobody
    authorises it, or who does is who asked for it.
    """
    _check(emergency)
    request.workspace.environment(request.environment)
    level = request.demands.level
    if key is None and level >= SIGNED_LEVEL:
        raise Refused(f"At level {level} another person authorises a break-glass with a key of the role {ROLE}.")
    keys = signers(request.keyring, key, ROLE, request.now)
    person = ""
    if key is not None:
        entry = valid_entry(request.keyring, key, ROLE, request.now)
        person = entry.person
        if level >= SIGNED_LEVEL and folded(emergency.asked_by) in request.keyring.person(entry):
            raise Refused(f"{person} asks for the break-glass; at level {level} another person authorises it.")
    record = _record(request, emergency, authorised_by=person or emergency.asked_by, level=level)
    file, sha256 = write_break_glass(request.workspace.root, record, keys)
    return Opened(record=record, file=file, sha256=sha256)


def open_for_rollback(request: PermitRequest, emergency: Emergency, run: str) -> Opened:
    """Open one for a rollback that has no valid permit. Nobody authorises it and nobody signs it: it is reviewed."""
    record = _record(request, emergency, purpose="rollback", run=run, level=demanded_level(request))
    file, sha256 = write_break_glass(request.workspace.root, record, ())
    return Opened(record=record, file=file, sha256=sha256)


def rollback_request(loaded: LoadedPlan, workspace: Workspace, environment: str, now: datetime) -> PermitRequest:
    """Put together what is known about an operation that is being rolled back."""
    empty: Mapping[str, str] = {}
    return PermitRequest(
        loaded=loaded,
        workspace=workspace,
        environment=environment,
        now=now,
        environ=empty,
        given=empty,
        artefacts=empty,
    )


def demanded_level(request: PermitRequest) -> int:
    """Give what policy demands of a rollback's plan. A policy that cannot be read never stops a rollback."""
    try:
        return request.demands.level
    except RollbackGovError:
        return request.plan.metadata.level


def one_of(workspace: Workspace, file: Path) -> StoredBreakGlass:
    """Give one break-glass, with its review where there is one. Raises RecordError."""
    glass = read_break_glass(file, Keyring(workspace.trust))
    return next((other for other in all_of(workspace).found if other.sha256 == glass.sha256), glass)


def all_of(workspace: Workspace) -> BreakGlasses:
    """Give every break-glass of a repository."""
    return read_break_glasses(workspace.root, Keyring(workspace.trust))


def _check(emergency: Emergency) -> None:
    known = [str(code) for code in WAIVABLE]
    for code in emergency.waived:
        if code not in known:
            raise UsageError(f"'{code}' cannot be waived; possible: {', '.join(known)}.")
    if not emergency.waived:
        raise UsageError("Say what is waived, one by one: --waive CODE.", hint=f"Possible: {', '.join(known)}.")
    if emergency.life > LONGEST:
        raise UsageError(f"A break-glass lasts at most {LONGEST // timedelta(hours=1)} hours.")
    for name, text in (("incident", emergency.incident), ("reason", emergency.reason)):
        if not text.strip():
            raise UsageError(f"A break-glass needs a text for --{name}.")


def _record(
    request: PermitRequest,
    emergency: Emergency,
    *,
    level: int,
    purpose: Literal["deployment", "rollback"] = "deployment",
    authorised_by: str = "",
    run: str = "",
) -> BreakGlass:
    return BreakGlass(
        purpose=purpose,
        operation=request.plan.metadata.operation,
        environment=request.environment,
        repository=repository_name(request.workspace.root),
        services=tuple(map(record_line, request.plan.change.services)),
        level=level,
        plan=request.digests.plan,
        executable=request.digests.executable,
        incident=record_line(emergency.incident),
        reason=record_line(emergency.reason),
        asked_by=record_line(emergency.asked_by),
        authorised_by=record_line(authorised_by),
        waived=tuple(dict.fromkeys(emergency.waived)),
        opened=stamp(request.now),
        expires=stamp(request.now + emergency.life),
        review_due=stamp(review_due(request.now)),
        run=run,
        nonce=token_hex(16),
    )
