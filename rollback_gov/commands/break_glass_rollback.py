"""A rollback without a valid permit opens a break-glass by itself, and goes on whatever comes of that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rollback_gov.commands.break_glass import (
    Emergency,
    Opened,
    demanded_level,
    open_for_rollback,
    rollback_request,
)
from rollback_gov.commands.permit import PermitRequest
from rollback_gov.commands.target import Target
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.model.trust import Trust
from rollback_gov.records.break_glass import StoredBreakGlass, read_break_glasses
from rollback_gov.records.places import BREAK_GLASSES
from rollback_gov.records.replace import held
from rollback_gov.records.trust import Keyring


def break_glass(target: Target, context: Context, journal: Journal, codes: Sequence[str]) -> None:
    """Open one for this run, or find the one that another of its regions has opened. Never stops the rollback.

    Outside production, and where policy too asks for no more than level 1, there is nothing to waive.
    """
    if context.environment is None or context.environment.class_ != "production":
        return
    run = context.run.removesuffix(f".{target.region}") if target.region else context.run
    try:
        if demanded_level(_request(target, context)) < 2:
            return
        _open(target, context, journal, run, codes)
    except Exception as error:
        message = f"the break-glass of this rollback could not be written down: {error}"
        context.console.say(f"  WARNING: {message}")
        journal.append("warning", {"message": message})


def _open(target: Target, context: Context, journal: Journal, run: str, codes: Sequence[str]) -> None:
    folder = target.workspace.root / BREAK_GLASSES
    folder.mkdir(parents=True, exist_ok=True)
    with held(folder):
        if _of_run(target, run) is not None:
            return
        opened = _new(target, context, journal, run, codes)
    due = opened.record.review_due
    data: dict[str, Any] = {
        "file": str(opened.file),
        "sha256": opened.sha256,
        "waived": list(opened.record.waived),
        "review_due": due,
    }
    data |= {"services": list(opened.record.services), "level": opened.record.level}
    journal.append("break_glass.opened", data)
    context.console.say(f"  break-glass {opened.sha256[:12]} opened: {opened.file}")
    context.console.say(f"    commit it; until {due} somebody else reviews it: rollback-gov break-glass review")


def _of_run(target: Target, run: str) -> StoredBreakGlass | None:
    found = read_break_glasses(target.workspace.root, Keyring(Trust(keys=()))).found
    return next((glass for glass in found if glass.record.run == run), None)


def _new(target: Target, context: Context, journal: Journal, run: str, codes: Sequence[str]) -> Opened:
    started = next((event.data for event in journal.events if event.type == "run.started"), {})
    reason = str(started.get("reason", {}).get("text", "")) or "a rollback without a valid permit"
    emergency = Emergency(incident=run, reason=reason, asked_by=context.person, waived=tuple(codes))
    return open_for_rollback(_request(target, context), emergency, run)


def _request(target: Target, context: Context) -> PermitRequest:
    return rollback_request(target.loaded, target.workspace, target.environment, context.clock.now())
