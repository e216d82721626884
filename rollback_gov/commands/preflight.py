"""What is looked at before a rollback begins or goes on: each refusal can be overridden, and that is recorded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.runs import damage_of
from rollback_gov.commands.target import Target
from rollback_gov.execution.attempt import PLAN_CHANGED
from rollback_gov.execution.context import Context
from rollback_gov.execution.itinerary import Choices, plan_itinerary
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.override import insist
from rollback_gov.execution.task import action_module
from rollback_gov.execution.tools import missing_tools
from rollback_gov.model.errors import UsageError
from rollback_gov.model.plan import Plan
from rollback_gov.model.tools import implied_tools
from rollback_gov.records.verdict import PERMITS, no_permit
from rollback_gov.records.verdict import Verdict as PermitVerdict

if TYPE_CHECKING:
    from rollback_gov.execution.outcome import Verdict


def check_executable(plan: Plan, choices: Choices, folder: Path) -> None:
    """See that this version can run every step of the way. Raises UsageError before anything has happened."""
    legs = (*plan_itinerary(plan, choices).legs, *plan_itinerary(plan, Choices(), forward_fix=True).legs)
    for leg in legs:
        for way in leg.ways:
            for path, step in leg.steps(way):
                try:
                    action_module(step.action)
                except UsageError as error:
                    raise UsageError(f"{folder}: step {path}: {error}", hint=error.hint) from None


def check_unfinished(unfinished: str, context: Context, journal: Journal, overrides: Mapping[str, str]) -> None:
    """Refuse while another run of the operation has begun and not ended, unless a person insists."""
    if unfinished:
        message = f"the run {unfinished} of this operation has begun and not ended; `resume` goes on with it."
        if damage := damage_of(context.folder.parent, unfinished):
            message = f"the journal of the run {unfinished} of this operation is damaged; nobody knows how far it came."
        insist(context, journal, "unfinished-run", message, overrides, advice=damage)


def check_permit(target: Target, context: Context, journal: Journal, overrides: Mapping[str, str]) -> None:
    """Ask for the permit. A rollback without one goes on: the gate was for the deployment."""
    allowed, reasons, permit = _permit_verdict(target, context)
    data = {"allowed": allowed, "reasons": [{"code": code, "message": text} for code, text in reasons]}
    journal.append("permit.checked", {**data, "permit": permit})
    if allowed:
        context.console.say("  permit: valid")
        return
    context.console.say("  WARNING: there is no valid permit; the rollback goes on and this is recorded for review")
    for _, text in reasons:
        context.console.say(f"    - {text}")
    why = overrides.get("permit", "a rollback is never stopped by a missing permit")
    journal.append("override", {"check": "permit", "reason": why, "by": context.person})
    from rollback_gov.commands.break_glass_rollback import break_glass

    break_glass(target, context, journal, [code for code, _ in reasons])


def _permit_verdict(target: Target, context: Context) -> tuple[bool, list[tuple[str, str]], str]:
    """Verify the permit. Whatever breaks in here says that there is none: it never stops a rollback."""
    try:
        verdict = _permit_beside(target, context)
    except Exception as error:
        detail = "; ".join([str(error), *getattr(error, "reasons", ())])
        return False, [("not-verifiable", f"The permit could not be verified: {detail}")], ""
    reasons = [(str(reason.code), reason.message) for reason in verdict.reasons]
    return verdict.allowed, reasons, verdict.permit_sha256


def _permit_beside(target: Target, context: Context) -> PermitVerdict:
    if not (target.loaded.folder / PERMITS).is_dir():
        return no_permit(target.environment)
    from rollback_gov.commands import permit as permits

    return permits.check_permit(target.workspace, target.loaded, target.environment, context.clock.now(), target.values)


def check_tools(context: Context, choices: Choices, journal: Journal, overrides: Mapping[str, str]) -> None:
    """Refuse where a tool that this way needs is not on PATH, unless a person insists."""
    path = context.environ.get("PATH", "")
    wanted = (*context.plan.tools, *implied_tools(context.plan))
    missing = [tool for tool in wanted if shutil.which(tool, path=path) is None]
    needed, elsewhere = missing_tools(context.plan, plan_itinerary(context.plan, choices), context.plan_folder, missing)
    if elsewhere:
        message = f"{', '.join(elsewhere)} is not on PATH; only steps that are not part of this run need it"
        context.console.say(f"  {message}")
        journal.append("warning", {"message": message})
    if needed:
        message = f"the plan needs {', '.join(needed)}, which is not on PATH."
        insist(context, journal, "tools", message, overrides)


def check_doubts(doubts: Mapping[str, str], context: Context, journal: Journal, overrides: Mapping[str, str]) -> None:
    """Refuse what the watch that began this run has doubts about, check by check, unless a person insists."""
    for check, message in doubts.items():
        insist(context, journal, check, message.rstrip(".") + ".", overrides)


def check_safety(context: Context, journal: Journal, overrides: Mapping[str, str]) -> None:
    """Refuse where a safety check does not pass, unless a person insists."""
    for _, message in unsafe(context):
        insist(context, journal, "safety", message, overrides)


def unsafe(context: Context) -> Iterator[tuple[Verdict, str]]:
    """Put the safety checks, and give the verdict and a sentence for each that does not pass."""
    from rollback_gov.execution.outcome import Verdict
    from rollback_gov.execution.probe import answer, describe

    for check in context.plan.safety_checks:
        verdict, results = answer(context, check, name=f"safety-{check.id}")
        if verdict is not Verdict.PASSED:
            yield verdict, f"safety check '{check.id}' {verdict.value}: {describe(results)}."


def check_unchanged(target: Target, context: Context, journal: Journal, overrides: Mapping[str, str]) -> str:
    """Refuse to go on with something else than what was agreed to last, unless a person insists.

    Gives the digest of what runs from now on.
    """
    from rollback_gov.execution.state import fold
    from rollback_gov.records.digests import digests

    now = digests(context.plan, target.loaded.files).executable
    if now != fold(journal.events).executable:
        message = "what the plan runs has changed since the run began."
        insist(context, journal, PLAN_CHANGED, message, overrides)
    return now
