"""What the failure and its rollback meant to others. A journal knows hardly anything of that, and says so."""

from __future__ import annotations

from dataclasses import dataclass

from rollback_gov.reports.fact import Fact, NotMeasured, Seconds, entered
from rollback_gov.reports.log import Log


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What users met. Requests and complaints are counts; revenue is an amount with its currency, as text."""

    users: Fact[str]
    downtime: Fact[Seconds]
    affected_requests: Fact[int]
    failed_requests: Fact[int]
    complaints: Fact[int]
    revenue: Fact[str]


def impact(log: Log) -> Impact:
    """Give what was said at the decision; nothing else is in a journal, and nothing else is made up."""
    reason = log.started.get("reason", {})
    return Impact(
        users=entered(reason.get("impact", ""), "said at the decision"),
        downtime=NotMeasured("a journal does not see requests"),
        affected_requests=NotMeasured("a journal does not see requests"),
        failed_requests=NotMeasured("a journal does not see requests"),
        complaints=NotMeasured("complaints arrive elsewhere"),
        revenue=NotMeasured("revenue is counted elsewhere"),
    )
