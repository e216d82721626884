"""One region of a run: its place inside the folder of the whole run, and its rollback there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from rollback_gov.commands.begin import RunOptions, begin
from rollback_gov.commands.execute import (
    decide_last_resort,
    drive,
)
from rollback_gov.commands.preflight import check_permit, check_safety, check_tools
from rollback_gov.commands.restore import Restored
from rollback_gov.commands.resume import go_on_in
from rollback_gov.commands.runs import REGIONS
from rollback_gov.commands.session import open_context
from rollback_gov.commands.target import Target
from rollback_gov.commands.world import World
from rollback_gov.execution.answers import RunResult
from rollback_gov.execution.regions.console import Chorus
from rollback_gov.execution.regions.stop import RegionStop
from rollback_gov.execution.store import Store
from rollback_gov.model.event import Event


@dataclass(frozen=True, slots=True)
class Place:
    """Where one region of a run is rolled back: its target, its voice at the terminal, its id and its folder."""

    target: Target
    world: World
    run: str
    folder: Path


def place_of(target: Target, world: World, chorus: Chorus, folder: Path, region: str) -> Place:
    """Give the place of a region inside the folder of the whole run; the folder is made."""
    own = folder / REGIONS / region
    own.mkdir(parents=True, exist_ok=True)
    own_world = replace(world, console=chorus.voice(region), stop=RegionStop(world.stop), hear=lambda _event: None)
    return Place(replace(target, region=region), own_world, f"{folder.name}.{region}", own)


def roll_back_in(
    place: Place, options: RunOptions, *, store: Store | None = None, restored: Restored | None = None
) -> RunResult:
    """Roll a region back in its place, from the beginning or from where its journal stands.

    Raises Interrupted or Refused when it must wait.
    """
    target, overrides = place.target, options.answers.overrides
    with open_context(target, place.world, run=place.run, folder=place.folder, store=store) as (context, journal):
        ended = result_of(tuple(journal.events))
        if ended is not None:
            return ended
        if any(event.type == "run.started" for event in journal.events):
            go_on_in(target, context, journal, options.answers, restored=restored)
        else:
            begin(target, options, context, journal, mode="execute")
            decide_last_resort(options, context, journal)
            check_permit(target, context, journal, overrides)
        if not any(event.type == "phase.started" for event in journal.events):
            if store is not None:  # another machine than that of the coordination
                check_tools(context, options.choices, journal, overrides)
            check_safety(context, journal, overrides)
        return drive(context, journal, options.answers).result


def result_of(events: tuple[Event, ...]) -> RunResult | None:
    """Read from a journal how its run ended; None while it has not."""
    started = next((event.data for event in events if event.type == "run.started"), None)
    ended = next((event.data for event in events if event.type == "run.finished"), None)
    if started is None or ended is None:
        return None
    return RunResult(
        result=ended["result"],
        seconds=ended["seconds"],
        sla_seconds=started["sla_seconds"],
        detail=ended["detail"],
    )
