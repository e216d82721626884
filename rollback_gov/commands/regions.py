"""Rolling back all regions of a plan in one process, by its strategy, and going on with such a run."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from rollback_gov.commands.begin import RunOptions, begin, sla_of
from rollback_gov.commands.execute import (
    RunSummary,
    check_choices,
    decide_last_resort,
    drive,
    execute,
    write_report,
)
from rollback_gov.commands.journal import check_disk
from rollback_gov.commands.operation_lock import operation_lock
from rollback_gov.commands.preflight import check_permit, check_safety, check_tools, check_unfinished
from rollback_gov.commands.restore import Restored, UnknownRun, plan_file, restore
from rollback_gov.commands.resume import go_on_in, resume, started_of, target_of
from rollback_gov.commands.session import REGIONS, Target, World, find_run, new_run, open_context, unfinished_run
from rollback_gov.execution.answers import Answers, RunResult
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import FILE, Journal, read_journal
from rollback_gov.execution.ladder import walk_ladder
from rollback_gov.execution.pace import Pace
from rollback_gov.execution.regions.conductor import Conductor, RollBack
from rollback_gov.execution.regions.console import Chorus
from rollback_gov.execution.regions.coordination import is_regional
from rollback_gov.execution.regions.lanes import Lane, lanes
from rollback_gov.execution.regions.stop import RegionStop
from rollback_gov.execution.regions.turn import in_words
from rollback_gov.execution.run import choices_of
from rollback_gov.execution.state import fold
from rollback_gov.execution.store import Store
from rollback_gov.model.errors import UsageError
from rollback_gov.model.event import Event
from rollback_gov.model.reason import RollbackReason
from rollback_gov.plans import parameters


def roll_back(target: Target, options: RunOptions, world: World) -> RunSummary:
    """Run a plan: in the region that was named, in all of its regions, or as a whole where it has none."""
    return execute_regions(target, options, world) if target.is_regional else execute(target, options, world)


def execute_regions(target: Target, options: RunOptions, world: World) -> RunSummary:
    """Roll all regions back by the plan's strategy.

    Raises Interrupted or Refused when the run must wait; it can be resumed.
    """
    check_choices(target, options)
    check_parameters(target, world)
    with operation_lock(target, world) as name_the_run:
        unfinished = unfinished_run(target)
        run, folder = new_run(target, world.clock, "execute")
        name_the_run(run)
        chorus = Chorus(world.console)
        with open_context(target, replace(world, console=chorus.voice()), run=run, folder=folder) as (context, journal):
            begin_regions(target, options, context, journal, mode="execute")
            check_unfinished(unfinished, context, journal, options.answers.overrides)
            decide_last_resort(options, context, journal)
            check_disk(context, journal, options.answers.overrides)
            check_tools(context, options.choices, journal, options.answers.overrides)
            region = _Region(target, options, world, chorus, folder, overridden(journal))
            return conduct(context, journal, region.roll_back, ladder=options.ladder)


def check_parameters(target: Target, world: World) -> None:
    """See that every region has its values, and learn their secrets, before any begins. Raises UsageError."""
    plan, environment = target.loaded.require(), target.workspace.environment(target.environment)
    for lane in target.lanes:
        try:
            values = parameters.resolve(plan, environment, world.environ, lane.values)
        except UsageError as error:
            raise UsageError(f"Region {lane.region}: {error}", hint=error.hint) from error
        world.masker.add(*parameters.secrets(plan, values))


def begin_regions(
    target: Target,
    options: RunOptions,
    context: Context,
    journal: Journal,
    *,
    mode: str,
    distributed: bool = False,
) -> None:
    """Write ``run.started`` of the whole run: which regions, in which order, by which strategy, and who does it."""
    plan = target.loaded.require()
    assert plan.regions is not None
    limit = sla_of(target, options.choices, plan)
    also = {
        "sla_seconds": 0,
        "target_seconds": 0,
        "parameters": parameters.shown(plan, target.given),
        "regions": [{"region": region, "sla_seconds": limit} for region in plan.regions.order],
        "strategy": asdict(plan.regions.strategy),
        **({"distributed": True} if distributed else {}),
    }
    begin(target, options, context, journal, mode=mode, also=also)
    context.console.say(f"  regions: {', '.join(plan.regions.order)}; {in_words(plan.regions.strategy)}")


def overridden(journal: Journal) -> dict[str, str]:
    """What people have decided to go on in spite of: check -> reason."""
    return {event.data["check"]: event.data["reason"] for event in journal.events if event.type == "override"}


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


@dataclass(frozen=True, slots=True)
class _Region:
    """Rolls one region back in its own folder. ``only`` is the region for which answers were given; empty: all."""

    target: Target
    options: RunOptions
    world: World
    chorus: Chorus
    folder: Path
    overridden: Mapping[str, str]
    only: str = ""
    restored: Mapping[str, Restored] = field(default_factory=dict)
    """Regions whose journals were just brought from a mirror."""

    def roll_back(self, region: str, decided_at: str) -> RunResult:
        """Begin, or go on from the region's own journal."""
        place = place_of(self.target, self.world, self.chorus, self.folder, region)
        options = replace(self.options, answers=self._answers(region), decided_at=decided_at)
        return roll_back_in(place, options, restored=self.restored.get(region))

    def _answers(self, region: str) -> Answers:
        given = self.options.answers if self.only in ("", region) else Answers()
        return replace(given, overrides={**self.overridden, **given.overrides})


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


def conduct(context: Context, journal: Journal, roll_back: RollBack, *, ladder: bool = False) -> RunSummary:
    """Run all regions to the end, tell people, and write the report. ``ladder``: as for a run of one, at the end."""
    started = started_of(tuple(journal.events), context.folder)
    executable = started["digests"]["executable"]
    again = f"rollback-gov resume {context.run}{' --distributed' if started.get('distributed') else ''}"
    conductor = Conductor(
        context, journal, roll_back, executable=executable, decided_at=started["decided_at"], resume=again
    )
    try:
        result = conductor.run()
        event = "completed" if result.result == "passed" else "failed"
        context.notify(event, {"result": result.result, "text": result.detail, "elapsed": f"{result.seconds:.0f} s"})
    finally:
        report = write_report(context)
    if ladder and result.result == "failed":
        walk_ladder(context, journal, _pace(context, journal))
        report = write_report(context)
    return RunSummary(
        run=context.run, folder=context.folder, report=report, result=result, lanes=lanes_in(context.folder)
    )


def _pace(context: Context, journal: Journal) -> Pace:
    """The ladder as the regions have left it: a rung that one of them took is not taken again."""
    state = fold(journal.events)
    for path in (context.folder / REGIONS).glob(f"*/{FILE}"):
        state.escalated |= fold(read_journal(path)).escalated
    return Pace(context, journal, state)


def lanes_in(folder: Path) -> tuple[Lane, ...]:
    """Read how every region of a run stands."""
    paths = sorted((folder / REGIONS).glob(f"*/{FILE}"))
    return lanes(read_journal(folder / FILE), {path.parent.name: read_journal(path) for path in paths})


def go_on(
    run: str,
    incidents: Path,
    answers: Answers,
    given: Mapping[str, str],
    world: World,
    *,
    mirror: str = "",
    ladder: bool = False,
) -> RunSummary:
    """Go on with a run, of one region or of several. ``RUN.REGION`` gives the answers to that region alone.

    ``mirror`` is the address from which the journals are brought first.
    """
    if mirror:
        return _go_on_from_mirror(mirror, run, incidents, answers, given, world, ladder=ladder)
    folder = find_run(incidents, run)
    whole = folder.resolve().parent.parent
    if folder.resolve().parent.name == REGIONS and _mode(whole) == "execute":
        return resume_regions(whole, answers, given, world, only=folder.name, ladder=ladder)
    if is_regional(read_journal(folder / FILE)):
        return resume_regions(folder, answers, given, world, ladder=ladder)
    return resume(run, incidents, answers, given, world, ladder=ladder)


def _go_on_from_mirror(
    mirror: str,
    run: str,
    incidents: Path,
    answers: Answers,
    given: Mapping[str, str],
    world: World,
    *,
    ladder: bool,
) -> RunSummary:
    whole = restore(mirror, run, incidents, world)
    events = read_journal(whole.folder / FILE)
    if not is_regional(events):
        return resume(run, incidents, answers, given, world, restored=whole, ladder=ladder)
    restored = {"": whole}
    for region in dict.fromkeys(event.data["region"] for event in events if event.type == "region.started"):
        own = whole.folder / REGIONS / region
        with suppress(UnknownRun):  # it had begun and had not written its first line
            restored[region] = restore(mirror, f"{run}.{region}", incidents, world, folder=own)
    return resume_regions(whole.folder, answers, given, world, restored=restored, ladder=ladder)


def _mode(folder: Path) -> str:
    if not (folder / FILE).is_file():
        return ""
    started = (event.data["mode"] for event in read_journal(folder / FILE) if event.type == "run.started")
    return next(started, "")


def resume_regions(
    folder: Path,
    answers: Answers,
    given: Mapping[str, str],
    world: World,
    *,
    only: str = "",
    restored: Mapping[str, Restored] | None = None,
    ladder: bool = False,
) -> RunSummary:
    """Go on with a run of several regions: each that had begun by its own journal, the others by the strategy.

    Raises UsageError for a run that has ended and for a rehearsal, Refused when what runs has changed since.
    """
    started = resumable(folder, answers, only)
    if started.get("distributed"):
        raise UsageError(
            f"Workers roll the regions of {folder.name} back, and their journals lie in the database.",
            hint="Go on with: rollback-gov resume … --distributed",
        )
    brought = restored or {}
    target = target_of(started, given, plan_file(read_journal(folder / FILE), brought.get("")))
    check_parameters(target, world)
    chorus = Chorus(world.console)
    voice = replace(world, console=chorus.voice())
    with ExitStack() as stack:
        stack.enter_context(operation_lock(target, world))(folder.name)
        context, journal = stack.enter_context(open_context(target, voice, run=folder.name, folder=folder))
        go_on_in(target, context, journal, answers, restored=brought.get(""))
        options = replace(options_of(started), answers=answers, last_resort=last_resort_of(journal))
        region = _Region(target, options, world, chorus, context.folder, overridden(journal), only, brought)
        return conduct(context, journal, region.roll_back, ladder=ladder)


def resumable(folder: Path, answers: Answers, only: str) -> Mapping[str, Any]:
    """Give ``run.started`` of a run that can go on. Raises UsageError for one that cannot."""
    events = read_journal(folder / FILE)
    started = started_of(events, folder)
    if any(event.type == "run.finished" for event in events):
        raise UsageError(f"The run {folder.name} has ended.", hint=f"See `rollback-gov report incident {folder.name}`.")
    if started["mode"] == "rehearse":
        raise UsageError(
            f"The rehearsal {folder.name} of several regions cannot go on as a whole.",
            hint=f"End the region that is open with `rollback-gov resume {folder.name}.REGION`, then rehearse again.",
        )
    if answers.settle and not only:
        raise UsageError(
            "An answer belongs to one region.", hint=f"Use: rollback-gov resume {folder.name}.REGION --settle …"
        )
    return started


def options_of(started: Mapping[str, Any]) -> RunOptions:
    """What was chosen when the run began, for the regions that begin only now."""
    reason, decided_at = RollbackReason(**started["reason"]), started["decided_at"]
    return RunOptions(choices=choices_of(started), reason=reason, decided_at=decided_at)


def last_resort_of(journal: Journal) -> str:
    """Why the last resort takes the place of the phases; empty where nobody decided so."""
    decided = (event.data for event in journal.events if event.type == "last_resort.decided")
    return next((str(data["reason"]) for data in decided if data["taken"]), "")
