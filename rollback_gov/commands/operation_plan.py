"""The plan of an operation: which of the repository's plans it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rollback_gov.commands.discovery import PATTERNS, discover
from rollback_gov.commands.runbooks import is_runbook, load_found
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import UsageError
from rollback_gov.plans.load import LoadedPlan


def plans_in(workspace: Workspace) -> list[Path]:
    """Give the files that are plans, as the policy's patterns find them and the loader reads them."""
    return [path for path in _found(workspace) if not is_runbook(path)]


def loaded_plans(workspace: Workspace) -> Iterator[LoadedPlan]:
    """Give the same plans as they are loaded, each file read once."""
    yield from filter(None, map(load_found, _found(workspace)))


def _found(workspace: Workspace) -> list[Path]:
    return discover(workspace.root, workspace.policy.discovery or PATTERNS)


def find_plan(workspace: Workspace, operation: str) -> LoadedPlan:
    """Find the plan of an operation in the repository. Raises UsageError that names those which are there."""
    known = []
    for loaded in loaded_plans(workspace):
        if loaded.plan and loaded.plan.metadata.operation == operation:
            return loaded
        known += [loaded.plan.metadata.operation] if loaded.plan else []
    raise UsageError(
        f"There is no plan of the operation '{operation}' in {workspace.root}.",
        hint=f"There are plans of: {', '.join(known) or 'no operation'}.",
    )
