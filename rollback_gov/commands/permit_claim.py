"""The gate of a deployment: verify, see that the baseline is kept, and take the single use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rollback_gov.commands.permit import PermitRequest, through_glass, verdict_of
from rollback_gov.commands.permit_use import Use, take
from rollback_gov.model.errors import Refused
from rollback_gov.records.verdict import Code, Reason, Verdict, reason


def claim_permit(
    request: PermitRequest,
    file: Path | None,
    person: str,
    *,
    break_glass: Path | None = None,
    local: bool = False,
) -> Verdict:
    """Verify a permit and take its single use, with the baseline kept. Exactly one of many claims is allowed.

    A break-glass sets aside what it waives, and its own single use is taken too. ``local``: the use is written down
    beside the plan only, and not at the remote. A use that cannot be written down is not given. Raises RecordError for
    a break-glass that cannot be read.
    """
    today = request.today()
    verdict = verdict_of(request, file, today)
    reasons = (*verdict.reasons, *_baseline(request))
    verdict = through_glass(replace(verdict, allowed=not reasons, reasons=reasons), break_glass, today)
    if not verdict.allowed:
        return verdict
    for what, identity in _uses(verdict):
        if why := _not_taken(what, _use(request, identity, person, local=local)):
            return replace(verdict, allowed=False, reasons=(why,))
    return verdict


def _not_taken(what: str, use: Use) -> Reason | None:
    """Take a use; say why it is not given."""
    try:
        before = take(use)
    except Refused as error:
        return reason(Code.NOT_TAKEN, str(error), error.hint)
    if not before:
        return None
    return reason(Code.USED, f"The {what} has been used: {before}. It counts once.", "Issue another one.")


def _uses(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Give what is used up: a permit that still has its use, then the break-glass."""
    if verdict.permit_sha256 and all(reason.code is not Code.USED for reason in verdict.waived):
        yield "permit", verdict.permit_sha256
    if verdict.break_glass:
        yield "break-glass", verdict.break_glass


def _use(request: PermitRequest, identity: str, person: str, *, local: bool) -> Use:
    return Use(
        folder=request.loaded.folder,
        root=request.workspace.root,
        sha256=identity,
        person=person,
        now=request.now,
        environ=request.environ,
        local=local,
    )


def _baseline(request: PermitRequest) -> tuple[Reason, ...]:
    """No baseline, no deployment: what a rollback restores from must be kept before the change goes out."""
    regions = request.plan.regions
    return tuple(why for region in (regions.order if regions else ()) or ("",) for why in _missing(request, region))


def _missing(request: PermitRequest, region: str) -> Iterator[Reason]:
    from rollback_gov.execution.saving import check_baseline

    folder = request.loaded.folder / "baseline" / request.environment / region
    where = f"{request.environment}, region {region}," if region else request.environment
    command = f"rollback-gov capture {request.loaded.source.name} --environment {request.environment}"
    for item in request.plan.baseline:
        result = check_baseline(folder, item)[0]
        if item.required and result != "intact":
            hint = f"Run `{command}{f' --region {region}' if region else ''}`."
            yield reason(Code.BASELINE, f"The baseline '{item.id}' of {where} is {result}.", hint)
