"""From repositories to services: which of them could be rolled back today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rollback_gov.outputs.fleet.result import FleetPlan, FleetRepository, Reason, Service

_CLOSED = frozenset({"archived", "disabled"})
_UNREAD = {
    "missing": "GitHub shows no such repository to this token",
    "forbidden": "GitHub does not let this token read it",
    "failed": "it could not be read",
}


def services(repositories: Iterable[FleetRepository], last: frozenset[tuple[str, str]] | None) -> tuple[Service, ...]:
    """Give all services, the worst first. ``last`` is what the scan before found wanting; None: there was none."""
    found = [service for repository in repositories for service in _of(repository)]
    return tuple(sorted((_marked(service, last) for service in found), key=lambda service: service.rank))


def _marked(service: Service, last: frozenset[tuple[str, str]] | None) -> Service:
    is_new = last is not None and service.state != "ready" and (service.repository, service.service) not in last
    return replace(service, is_new=is_new)


def _of(repository: FleetRepository) -> Iterator[Service]:
    """A repository is one service, unless its plans name others. Of a closed one nothing is deployed."""
    if repository.kind in _CLOSED:
        return
    name = repository.name or repository.asked
    own = name.partition("/")[2]
    if repository.kind in _UNREAD or repository.reason:
        because = ": ".join(filter(None, (_UNREAD.get(repository.kind, ""), repository.reason)))
        yield Service(repository=name, service=own, state="unknown", reasons=(Reason(message=f"{because}."),))
        return
    if not repository.plans:
        yield _without_plan(repository, name, own)
    by_service: dict[str, list[FleetPlan]] = {}
    for plan in repository.plans:
        for service in plan.services or (own,):
            by_service.setdefault(service, []).append(plan)
    for service, plans in by_service.items():
        yield _judged(repository, name, service, plans)


def _without_plan(repository: FleetRepository, name: str, service: str) -> Service:
    if repository.remarks:
        return Service(repository=name, service=service, state="unknown", reasons=_remarks(repository))
    message = "It has no commit." if repository.kind == "empty" else "It has no rollback plan."
    return Service(repository=name, service=service, state="no_plan", reasons=(Reason(message=message),))


def _judged(repository: FleetRepository, name: str, service: str, plans: list[FleetPlan]) -> Service:
    """One plan that could be run today is enough; of several that could not, the nearest is told."""
    nearest = min(plans, key=lambda plan: plan.distance)
    if nearest.is_ready:
        return Service(repository=name, service=service, state="ready", plan=nearest)
    if repository.remarks:
        reasons = (*_remarks(repository), *nearest.reasons)
        return Service(repository=name, service=service, state="unknown", plan=nearest, reasons=reasons)
    return Service(repository=name, service=service, state="not_ready", plan=nearest, reasons=nearest.reasons)


def _remarks(repository: FleetRepository) -> tuple[Reason, ...]:
    return tuple(Reason(message=remark) for remark in repository.remarks)
