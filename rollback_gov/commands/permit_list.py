"""The permits beside a plan, and how each stands today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rollback_gov.commands.permit import PermitRequest
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.model.record import Record
from rollback_gov.records.claim import claimed_by
from rollback_gov.records.errors import RecordError
from rollback_gov.records.permit import ROLE, Permit, open_permit
from rollback_gov.records.statement import read, records
from rollback_gov.records.text import one_line
from rollback_gov.records.trust import Keyring
from rollback_gov.records.verdict import PERMITS, Code, Reason, reason
from rollback_gov.records.verify import verify_file

if TYPE_CHECKING:
    from rollback_gov.records.dsse import Envelope

Signature = Literal["trusted", "untrusted", "unsigned"]


class ListedPermit(Record):
    """One file. ``permit`` is what it says, to be believed only where no reason speaks against it; None: unreadable."""

    file: Path
    operation: str
    """Of the plan beside which it lies; the plan's folder where that cannot be read."""
    sha256: str
    permit: Permit | None
    used: str
    reasons: tuple[Reason, ...]
    signature: Signature = "unsigned"

    @property
    def state(self) -> str:
        """Say it in a few words: used, allows, or the codes of what is against it; and whether nobody signed it."""
        codes = ", ".join(dict.fromkeys(reason.code for reason in self.reasons))
        said = f"used {self.used}" if self.used else codes or "allows"
        return f"{said} (not signed)" if self.permit and self.signature == "unsigned" else said


def permits_of(request: PermitRequest) -> Iterator[ListedPermit]:
    """Give every permit beside the plan, each held against the environment that it is for, whatever is deployed."""
    plan = request.loaded.plan
    operation = plan.metadata.operation if plan else request.loaded.folder.name
    for path in records(request.loaded.folder / PERMITS):
        try:
            envelope = read(path)
            permit = open_permit(envelope)
        except RecordError as error:
            why = (reason(Code.UNREADABLE, str(error)),)
            yield ListedPermit(file=path, operation=operation, sha256="", permit=None, used="", reasons=why)
        else:
            if request.environment in ("", permit.environment):
                used = claimed_by(request.loaded.folder, envelope.sha256)
                yield ListedPermit(
                    file=path,
                    operation=operation,
                    sha256=envelope.sha256,
                    permit=permit,
                    used=used,
                    reasons=_against(request, path, permit),
                    signature=signers_of(envelope, request.workspace)[0],
                )


def signers_of(envelope: Envelope, workspace: Workspace) -> tuple[Signature, tuple[str, ...]]:
    """Say how a permit is signed, and by which trusted permit-issuers (ids of keys). Raises UsageError."""
    ids = tuple(sorted(key.id for key in Keyring(workspace.trust).signers(envelope, ROLE)))
    return "trusted" if ids else "untrusted" if envelope.signatures else "unsigned", ids


def _against(request: PermitRequest, path: Path, permit: Permit) -> tuple[Reason, ...]:
    try:
        today = replace(request, environment=permit.environment).today()
    except RollbackGovError as error:
        return (reason(Code.WRONG_ENVIRONMENT, one_line(str(error)), error.hint),)
    return verify_file(path, replace(today, artefacts=None)).reasons
