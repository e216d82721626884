"""The lease of a rollback, and the run under it: a watch and a person never begin two of the same operation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from rollback_gov.commands.target import Target
from rollback_gov.commands.watch_leases import open_leases
from rollback_gov.commands.world import World
from rollback_gov.execution.clock import stamp
from rollback_gov.model.errors import Interrupted, Refused, RollbackGovError
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.triggers.lease import ROLLBACK, Lease, Lost, Unreachable

if TYPE_CHECKING:
    from rollback_gov.commands.run_summary import RunSummary
    from rollback_gov.model.event import Event


def fenced(world: World, fence: Callable[[], None], begun: Callable[[str], None]) -> World:
    """Give the world of a run that stops when another has taken its lease; ``begun`` is told its name."""

    def hear(event: Event) -> None:
        world.hear(event)
        if event.type == "run.started":
            begun(event.data["run"])

    return replace(world, fence=fence, hear=hear)


def with_lease(target: Target, world: World, reason: str, run: Callable[[World], RunSummary]) -> RunSummary:
    """Run what a person began, holding the lease, and write down what came of it.

    Raises Refused while somebody else who is alive has begun. A lease that cannot be had stops no rollback: it is said,
    and it goes on.
    """
    with open_leases(target, world) as leases:
        lease = Lease(leases, ROLLBACK, steady=world.clock.monotonic)
        if not _taken(lease, world, reason):
            return run(world)
        result = "failed"
        try:
            with lease.beating():
                summary = run(fenced(world, lease.fence, lease.begin))
            result = "passed" if summary.exit_code is ExitCode.PASSED else "failed"
            return summary
        except RollbackGovError as error:
            result = "interrupted" if isinstance(error, Interrupted) else "refused"
            raise
        finally:
            with suppress(Lost, Unreachable):
                lease.settle(result)


def _taken(lease: Lease, world: World, reason: str) -> bool:
    try:
        holder, _ = lease.take(at=stamp(world.clock.now()), reason=reason, by=world.person, again=True)
    except Unreachable as error:
        world.console.say(f"  WARNING: the lease cannot be had, so a watch may begin too: {error}")
        return False
    if holder is not None:
        raise Refused(
            f"A rollback of this operation was begun at {holder.at} by process {holder.pid} on {holder.host}.",
            hint=f"Look at it there with: rollback-gov status {holder.run or 'latest'}",
        )
    return True
