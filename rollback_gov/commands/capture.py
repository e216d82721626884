"""Keeping a plan's baseline before the change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rollback_gov.commands.gaps import check_filled
from rollback_gov.commands.runs import new_run
from rollback_gov.commands.session import open_context
from rollback_gov.commands.target import Target
from rollback_gov.commands.world import World
from rollback_gov.execution.context import Context
from rollback_gov.execution.saving import Kept, save_all, write_manifest
from rollback_gov.model.errors import UsageError

BUDGET_SECONDS = 3600.0


def capture(target: Target, world: World) -> tuple[Path, Sequence[Kept]]:
    """Take every entry of the baseline of an environment. Gives the folder and what became of each.

    Raises UsageError for a plan without a baseline, Refused for one with gaps.
    """
    if not target.loaded.require().baseline:
        raise UsageError("The plan has no `baseline`: there is nothing to keep before the change.")
    check_filled(target, {}, what="The capture")
    run, folder = new_run(target, world.clock, "capture")
    with open_context(target, world, run=run, folder=folder) as (context, _):
        return target.baseline_folder, keep_baseline(context)


def keep_baseline(context: Context) -> Sequence[Kept]:
    """Take the baseline and write its list of digests."""
    kept = save_all(context, context.plan.baseline, context.baseline_folder, seconds=BUDGET_SECONDS)
    write_manifest(context, context.baseline_folder, kept)
    return kept
