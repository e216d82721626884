"""Which deployments a repository knows of: the permits whose use was taken, beside the plans and in the audit log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from rollback_gov.commands.audit import Trail
from rollback_gov.commands.plan_records import PlanRecords, StoredPlan
from rollback_gov.commands.run_records import RunRecords
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.model.record import Record
from rollback_gov.records.break_glass import StoredBreakGlass
from rollback_gov.records.claim import claims
from rollback_gov.records.errors import RecordError
from rollback_gov.records.permit import open_permit
from rollback_gov.records.statement import read, records
from rollback_gov.records.times import moment
from rollback_gov.records.verdict import PERMITS
from rollback_gov.reports.metrics.dora import Deployment

PRODUCTION = "production"
_SAME = timedelta(minutes=2)
"""Uses of one operation in one environment that were taken so close together are of one deployment."""


class Known(Record):
    """What is needed to say where a use belongs. ``in_production`` is None for an environment that nobody knows."""

    services: Callable[[str], tuple[str, ...]]
    in_production: Callable[[str], bool | None]


class Deployments(Record):
    """The deployments to production, the oldest first, and what cannot be read or belongs nowhere, in sentences."""

    found: tuple[Deployment, ...]
    problems: tuple[str, ...]


class _Use(Record):
    identity: str
    operation: str
    environment: str
    at: datetime


def known_of(workspace: Workspace, runs: RunRecords, plans: PlanRecords) -> Known:
    """Say what is known of operations and environments: by what there is today, else by the newest run."""
    services = {run.facts.identity.operation: run.facts.identity.services for run in runs.found}
    services |= {plan.plan.metadata.operation: plan.plan.change.services for plan in plans.found}
    classes = {run.facts.identity.environment: run.facts.identity.environment_class for run in runs.found}
    classes |= {name: item.class_ for name, item in workspace.environments.environments.items()}

    def in_production(name: str) -> bool | None:
        return classes[name] == PRODUCTION if name in classes else None

    return Known(services=lambda operation: services.get(operation, ()), in_production=in_production)


def read_deployments(
    plans: tuple[StoredPlan, ...], glasses: tuple[StoredBreakGlass, ...], trail: Trail, known: Known
) -> Deployments:
    """Read every use, each once: what stands beside a plan and what the audit log says, as this clone has it."""
    problems: list[str] = []
    uses = [use for plan in plans for use in _beside(plan.file.parent, plan.plan.metadata.operation, glasses, problems)]
    uses += _logged(trail, problems)
    found = list[Deployment]()
    for use in _each_once(uses):
        production = known.in_production(use.environment)
        if production is None:
            problems.append(f"A permit of {use.operation} was used for '{use.environment}', which nobody knows.")
        elif production:
            services = known.services(use.operation)
            found.append(Deployment(operation=use.operation, environment=use.environment, services=services, at=use.at))
    return Deployments(found=tuple(found), problems=tuple(problems))


def _beside(folder: Path, operation: str, glasses: tuple[StoredBreakGlass, ...], problems: list[str]) -> Iterator[_Use]:
    taken = list(claims(folder))
    places = {**{glass.sha256: glass.record.environment for glass in glasses}, **(_permits(folder) if taken else {})}
    for claim in taken:
        if claim.at is None or claim.sha256 not in places:
            what = "cannot be read" if claim.at is None else "is of no permit that is there"
            problems.append(f"The use {claim.sha256[:12]} beside {folder} {what}.")
        else:
            yield _Use(identity=claim.sha256, operation=operation, environment=places[claim.sha256], at=claim.at)


def _permits(folder: Path) -> Mapping[str, str]:
    """Give the environment of each permit, by its identity. Its signature was checked when its use was taken."""
    found = {}
    for path in records(folder / PERMITS):
        try:
            envelope = read(path)
            found[envelope.sha256] = open_permit(envelope).environment
        except RecordError:
            continue
    return found


def _logged(trail: Trail, problems: list[str]) -> list[_Use]:
    uses = []
    try:
        for entry, head in trail.entries(offline=True):
            if entry.event == "permit.claimed":
                identity = str(entry.data.get("permit", "")) or f"line {head.size}"
                environment = str(entry.data.get("environment", ""))
                uses.append(
                    _Use(identity=identity, operation=entry.operation, environment=environment, at=moment(entry.at))
                )
    except RollbackGovError as error:
        problems.append(str(error))
    return uses


def _each_once(uses: list[_Use]) -> Iterator[_Use]:
    """A use that stands in both places counts once; so do a permit and a break-glass that were taken together."""
    seen = set[str]()
    latest: dict[tuple[str, str], datetime] = {}
    for use in sorted(uses, key=lambda item: item.at):
        where = (use.operation, use.environment)
        if use.identity not in seen and (where not in latest or use.at - latest[where] > _SAME):
            yield use
            latest[where] = use.at
        seen.add(use.identity)
