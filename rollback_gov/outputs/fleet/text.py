"""For people: the services that could not be rolled back today, the worst first, and the sum."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rollback_gov.outputs.fleet.result import FleetPlan, FleetReport, FleetRepository, Reason, Service, State
from rollback_gov.outputs.words import counted, printable

MOST_REASONS = 3
"""Of one service; JSON and CSV have more."""
_WORDS: dict[State, str] = {"not_ready": "not ready", "no_plan": "no plan", "unknown": "unknown", "ready": "ready"}


def parts(report: FleetReport) -> Iterator[str]:
    """Write the report line by line."""
    return (f"{printable(line)}\n" for line in _lines(report))


def _lines(report: FleetReport) -> Iterator[str]:
    for service in report.wanting:
        yield from _service(service, report.at)
    if report.wanting:
        yield ""
    yield from _remarks(report)
    yield _total(report)


def _service(service: Service, at: datetime) -> Iterator[str]:
    what = f"{service.repository} {service.service}"
    new = ", new" if service.is_new else ""
    plan = service.plan
    yield f"{_WORDS[service.state]}: {what}{new}{': ' + _plan(plan, at) if plan else ''}"
    for reason in service.reasons[:MOST_REASONS]:
        yield f"    {_reason(reason)}"
    left = max(plan.failing if plan else 0, len(service.reasons)) - MOST_REASONS
    if left > 0:
        yield f"    and {left} more"


def _plan(plan: FleetPlan, at: datetime) -> str:
    if not plan.required:
        return f"{plan.file} cannot be used as a plan"
    achieved = f"achieves {plan.achieved}" if plan.achieved else "achieves none"
    return f"level {plan.required}, {achieved}, {_rehearsal(plan, at)} ({plan.file})"


def _rehearsal(plan: FleetPlan, at: datetime) -> str:
    age = plan.age_seconds(at)
    if age is None:
        return "never rehearsed"
    ago = counted(age // 86_400, "day") if age >= 86_400 else counted(age // 3_600, "hour")
    words = {"fresh": "", "stale": ", too old", "failed": ", failed", "insufficient": ", not enough"}
    return f"rehearsed {ago} ago{words[plan.rehearsal]}"


def _reason(reason: Reason) -> str:
    where = f" ({reason.file}:{reason.line})" if reason.file else ""
    return f"{reason.code + ': ' if reason.code else ''}{reason.message}{where}"


def _remarks(report: FleetReport) -> Iterator[str]:
    for repository in report.repositories:
        yield from _of_repository(repository)
    for kind in ("archived", "disabled"):
        if number := report.kinds.get(kind, 0):
            yield f"Passed over: {number} {kind}."
    if report.policies:
        shown = [f"{digest[:12] or 'built-in'} ({number})" for digest, number in report.policies.items()]
        more = [f"{len(shown) - 10} more"] if len(shown) > 10 else []
        yield f"Policies in use: {', '.join([*shown[:10], *more])}."


def _of_repository(repository: FleetRepository) -> Iterator[str]:
    if repository.was_renamed:
        yield f"{repository.asked} is called {repository.name} today: correct the list."
    ready = any(plan.is_ready for plan in repository.plans)
    for remark in repository.remarks if ready else ():
        yield f"{repository.name}: not everything was read. {remark}"


def _total(report: FleetReport) -> str:
    counts = report.counts
    parts = [f"{counts[state]} {word}" for state, word in _WORDS.items() if counts[state]]
    asked = f"{counted(report.requests, 'request')}, {report.unchanged} of them answered with 'not modified'"
    went_on = f" {report.resumed} had been read before the interruption." if report.resumed else ""
    where = f"{counted(len(report.services), 'service')} in {len(report.repositories)} repositories of {report.source}"
    at = f"{report.at:%Y-%m-%dT%H:%M:%SZ}"
    return f"{where} as of {at}: {', '.join(parts) or 'none'}. {asked}.{went_on}"
