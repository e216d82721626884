"""Whether the change was permitted, and whether going back was still possible."""

from __future__ import annotations

from dataclasses import dataclass

from rollback_gov.reports.fact import Entered, Fact, Measured, NotMeasured
from rollback_gov.reports.log import Log


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """The permit's verdict with its reasons, and the point of no return. ``permit`` is the payload's sha256."""

    allowed: Fact[bool]
    reasons: tuple[str, ...]
    permit: str
    point_of_no_return: Fact[str]
    point_detail: str


def permission(log: Log) -> Permission:
    """Read the last verdicts."""
    permit, point = log.last("permit.checked"), log.last("point_of_no_return.checked")
    return Permission(
        allowed=Measured(permit["allowed"], "journal, permit.checked")
        if permit
        else log.missing("no permit was asked for"),
        reasons=tuple(reason["message"] for reason in permit.get("reasons", ())),
        permit=permit.get("permit", ""),
        point_of_no_return=_passed(log),
        point_detail=point.get("detail", ""),
    )


def _passed(log: Log) -> Fact[str]:
    point = log.last("point_of_no_return.checked")
    if not point or point["passed"] == "unknown":
        return NotMeasured("nobody could say") if point else log.missing("it was not asked for")
    by = point["by"]
    return Entered(point["passed"], f"said by {by}") if by else Measured(point["passed"], "detected")
