"""Decisions at the command line go into the audit log: who, what, about which operation."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollback_gov.cli.person import person

if TYPE_CHECKING:
    from rollback_gov.commands.permit import PermitRequest
    from rollback_gov.records.verdict import Verdict


def note(
    root: Path, event: str, data: Mapping[str, Any], *, operation: str = "", who: str = "", durably: bool = True
) -> None:
    """Write down what was decided in the repository at ``root``. What cannot be written is said, and stops nothing."""
    from rollback_gov.commands.audit import Trail

    trail = Trail(root=root, environ=os.environ)
    by = person(os.environ, who)
    warning = trail.record(event, operation=operation, by=by, now=datetime.now(UTC), data=data, durably=durably)
    if warning:
        click.echo(f"WARNING: {warning}", err=True)


def note_request(
    request: PermitRequest, event: str, data: Mapping[str, Any], *, who: str = "", durably: bool = True
) -> None:
    """Write down what was decided about an operation that wants to go to an environment."""
    told = {"environment": request.environment, **data} if request.environment else data
    note(request.workspace.root, event, told, operation=request.plan.metadata.operation, who=who, durably=durably)


def note_verdict(
    request: PermitRequest, allowed: str, verdict: Verdict, *, who: str = "", durably: bool = False
) -> None:
    """Write down what a gate said: ``allowed``, or ``permit.denied`` with every reason's code.

    That somebody asked gives nothing away; a use that was taken has to outlive a power cut (``durably``).
    """
    data = {
        "permit": verdict.permit_sha256,
        "reasons": [str(reason.code) for reason in verdict.reasons],
        "break_glass": verdict.break_glass,
        "waived": [str(reason.code) for reason in verdict.waived],
    }
    note_request(request, allowed if verdict.allowed else "permit.denied", data, who=who, durably=durably)


@contextmanager
def denial_noted(request: PermitRequest, event: str, data: Mapping[str, Any], *, who: str = "") -> Iterator[None]:
    """Write down that somebody was refused what they asked for, and why."""
    from rollback_gov.model.errors import Refused

    try:
        yield
    except Refused as error:
        note_request(request, event, {**data, "refused": str(error)}, who=who)
        raise


def require_trail(request: PermitRequest) -> None:
    """Raise Refused where a decision could not be written down: what nobody can prove later is not given."""
    from rollback_gov.commands.audit import Trail
    from rollback_gov.model.errors import Refused

    spool = Trail(root=request.workspace.root, environ=os.environ).spool
    try:
        spool.prepare()
    except OSError as error:
        raise Refused(
            f"The use cannot be written into the audit log, so it is not given: {spool.folder}: {error.strerror}.",
            hint="See that the folder can be written.",
        ) from error
