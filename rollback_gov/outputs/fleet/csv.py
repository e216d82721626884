"""For spreadsheets: a row a service, the worst first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rollback_gov.outputs.cells import row
from rollback_gov.outputs.fleet.result import FleetReport, Service

COLUMNS = (
    *("state", "new", "repository", "service", "required_level", "achieved_level", "rehearsal", "rehearsed_at"),
    *("age_hours", "fresh_until", "policy", "plan", "operation", "failing", "codes", "reasons"),
)


def parts(report: FleetReport) -> Iterator[str]:
    """Write the heading, and a row a service."""
    policies = {repository.name or repository.asked: repository.policy for repository in report.repositories}
    yield row(COLUMNS)
    for service in report.services:
        yield row(_cells(service, policies.get(service.repository, ""), report.at))


def _cells(service: Service, policy: str, at: datetime) -> tuple[object, ...]:
    plan = service.plan
    age = plan.age_seconds(at) if plan else None
    hours = "" if age is None else age // 3_600
    rehearsed = (plan.rehearsal, plan.rehearsed_at, hours, plan.fresh_until) if plan else ("", "", "", "")
    return (
        *(service.state, "yes" if service.is_new else "", service.repository, service.service),
        *((plan.required, plan.achieved) if plan else ("", "")),
        *(*rehearsed, policy),
        *((plan.file, plan.operation, plan.failing) if plan else ("", "", "")),
        " ".join(dict.fromkeys(reason.code for reason in service.reasons if reason.code)),
        " | ".join(reason.message for reason in service.reasons),
    )
