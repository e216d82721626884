"""The plans of a repository with their rehearsals, read for whoever looks over many of them: metrics, the dashboard."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from rollback_gov.commands.evidence import EvidenceQuery, Overview, overview
from rollback_gov.commands.operation_plan import loaded_plans
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import RollbackGovError
from rollback_gov.model.plan import Plan
from rollback_gov.model.record import Record


class StoredPlan(Record):
    """A plan, and how its rehearsals stand against the level that is required of it."""

    file: Path
    plan: Plan
    rehearsals: Overview


class UnreadablePlan(Record):
    """A file that is to be a plan and cannot be read, and why."""

    file: Path
    reason: str


class PlanRecords(Record):
    """All plans that the policy's patterns find, by their path, and those that cannot be read."""

    found: tuple[StoredPlan, ...]
    unreadable: tuple[UnreadablePlan, ...]


def read_plans(workspace: Workspace, now: datetime) -> PlanRecords:
    """Read every plan of a repository with the rehearsals beside it, as they stand now (UTC).

    A plan that cannot be read is a value. Raises what the repository's own settings raise.
    """
    found, unreadable = list[StoredPlan](), list[UnreadablePlan]()
    for loaded in loaded_plans(workspace):
        path = loaded.path
        try:
            standing = overview(EvidenceQuery(loaded=loaded, workspace=workspace, now=now))
            found.append(StoredPlan(file=path, plan=loaded.require(), rehearsals=standing))
        except RollbackGovError as error:
            unreadable.append(UnreadablePlan(file=path, reason=str(error)))
    return PlanRecords(found=tuple(found), unreadable=tuple(unreadable))
