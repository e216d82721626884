"""Which plans a watch is about, and whether it may roll them back without asking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rollback_gov.commands.discovery import resolve
from rollback_gov.commands.operation_plan import plans_in
from rollback_gov.commands.target import Target
from rollback_gov.commands.watch_gates import DISARMED
from rollback_gov.commands.watch_leases import open_leases
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.execution.clock import stamp
from rollback_gov.model.errors import RollbackGovError, UsageError
from rollback_gov.triggers.lease import Lease


def targets_of(
    paths: Sequence[Path], target: Callable[[Path], Target], *, say: Callable[[str], object]
) -> list[Target]:
    """Load the plans that the paths name, or all of the repository around the current folder.

    One plan by its name must be watchable. Of folders, plans without triggers are passed over; a plan that cannot be
    read is said, because the others are watched all the same. Raises UsageError where nothing is left.
    """
    if len(paths) == 1 and not paths[0].is_dir():
        return [target(paths[0])]
    named = {path for path in paths if not path.is_dir()}
    found: dict[str, Target] = {}
    for path in resolve(paths) if paths else plans_in(Workspace.around(Path.cwd())):
        try:
            loaded = target(path)
            plan = loaded.loaded.require()
        except RollbackGovError as error:
            say(f"WARNING: {path} is not watched: {error}")
            continue
        if not plan.triggers and path not in named:
            continue
        if plan.metadata.operation in found:
            other = found[plan.metadata.operation].loaded.path
            raise UsageError(f"{path} and {other} are both of the operation {plan.metadata.operation}.")
        found[plan.metadata.operation] = loaded
    if not found:
        raise UsageError("There is no plan with triggers there.", hint="Name plans, or folders with plans.")
    return list(found.values())


def set_armed(target: Target, world: World, reason: str) -> str:
    """Switch automatic rollbacks of an operation off, for a reason, or on again without one. Says what is so now."""
    with open_leases(target, world) as leases:
        lease = Lease(leases, DISARMED)
        was_off = lease.free()
        if not reason:
            return "armed again" if was_off else "it was armed already"
        lease.take(at=stamp(world.clock.now()), reason=reason, by=world.person)
        return f"disarmed by {world.person}: every rollback asks first"
