"""Rolling back all regions of a plan in one process, by its strategy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from rollback_gov.commands.begin import RunOptions, begin, sla_of
from rollback_gov.commands.climb import pace_of
from rollback_gov.commands.execute import check_choices, decide_last_resort, to_be_called, write_report
from rollback_gov.commands.journal import check_disk
from rollback_gov.commands.operation_lock import operation_lock
from rollback_gov.commands.preflight import check_tools, check_unfinished
from rollback_gov.commands.region import place_of, roll_back_in
from rollback_gov.commands.restore import Restored
from rollback_gov.commands.resume import started_of
from rollback_gov.commands.run_summary import RunSummary
from rollback_gov.commands.runs import REGIONS, new_run, unfinished_run
from rollback_gov.commands.session import open_context
from rollback_gov.commands.target import Target
from rollback_gov.commands.world import World
from rollback_gov.execution.answers import Answers, RunResult
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import FILE, Journal, read_journal
from rollback_gov.execution.ladder import note_ladder, walk_ladder
from rollback_gov.execution.question import again
from rollback_gov.execution.regions.conductor import Conductor, RollBack
from rollback_gov.execution.regions.console import Chorus
from rollback_gov.execution.regions.lanes import Lane, lanes
from rollback_gov.execution.regions.turn import in_words
from rollback_gov.model.errors import UsageError
from rollback_gov.plans import parameters


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
            region = RegionalRollback(target, options, world, chorus, folder, overridden(journal))
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
    limit, strategy = sla_of(target, options.choices, plan), plan.regions.strategy
    also = {
        "sla_seconds": 0,
        "target_seconds": 0,
        "parameters": parameters.shown(plan, target.given),
        "regions": [{"region": region, "sla_seconds": limit} for region in plan.regions.order],
        "strategy": {**asdict(strategy), "gate_deadline": str(strategy.gate_deadline)},
        **({"distributed": True} if distributed else {}),
    }
    begin(target, options, context, journal, mode=mode, also=also)
    context.console.say(f"  regions: {', '.join(plan.regions.order)}; {in_words(strategy)}")


def overridden(journal: Journal) -> dict[str, str]:
    """What people have decided to go on in spite of: check -> reason."""
    return {event.data["check"]: event.data["reason"] for event in journal.events if event.type == "override"}


@dataclass(frozen=True, slots=True)
class RegionalRollback:
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


def conduct(context: Context, journal: Journal, roll_back: RollBack, *, ladder: bool | None = None) -> RunSummary:
    """Run all regions to the end, tell people, and write the report. ``ladder``: see ``drive``."""
    started = started_of(tuple(journal.events), context.folder)
    executable = started["digests"]["executable"]
    hint = again(context.run, distributed=bool(started.get("distributed")))
    conductor = Conductor(
        context, journal, roll_back, executable=executable, decided_at=started["decided_at"], resume=hint
    )
    try:
        result = conductor.run()
        event = "completed" if result.result == "passed" else "failed"
        context.notify(event, {"result": result.result, "text": result.detail})
    finally:
        report = write_report(context, journal)
    if ladder is not None and result.result == "failed":
        pace = pace_of(context, journal)
        if ladder:
            walk_ladder(context, journal, pace)
        else:
            note_ladder(journal, pace)
        report = write_report(context, journal)
    return RunSummary(
        run=context.run,
        folder=context.folder,
        report=report,
        result=result,
        lanes=lanes_in(context.folder),
        contacts=to_be_called(context, result, "execute"),
    )


def lanes_in(folder: Path) -> tuple[Lane, ...]:
    """Read how every region of a run stands."""
    paths = sorted((folder / REGIONS).glob(f"*/{FILE}"))
    return lanes(read_journal(folder / FILE), {path.parent.name: read_journal(path) for path in paths})
