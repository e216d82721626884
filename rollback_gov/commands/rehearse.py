"""Rehearsals: deploy the change where it hurts nobody, let it fail, roll back, and write down what was proved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from rollback_gov.commands.begin import RunOptions
from rollback_gov.commands.gaps import check_filled
from rollback_gov.commands.operation_lock import operation_lock
from rollback_gov.commands.preflight import check_executable
from rollback_gov.commands.region import place_of
from rollback_gov.commands.regions import begin_regions, check_parameters, conduct
from rollback_gov.commands.rehearsal import RehearsalOptions, Rehearsed, note_options, noted_options, rehearse_in
from rollback_gov.commands.restore import Restored, plan_file
from rollback_gov.commands.resume import started_of, target_of
from rollback_gov.commands.run_summary import RunSummary
from rollback_gov.commands.runs import new_run
from rollback_gov.commands.session import open_context
from rollback_gov.commands.target import Target
from rollback_gov.commands.world import World
from rollback_gov.execution.answers import Answers, RunResult
from rollback_gov.execution.context import Context
from rollback_gov.execution.itinerary import Choices
from rollback_gov.execution.journal import FILE, Journal, read_journal
from rollback_gov.execution.regions.console import Chorus
from rollback_gov.model.errors import RollbackGovError, UsageError
from rollback_gov.model.plan import Plan
from rollback_gov.model.reason import RollbackReason


def scenarios_of(plan: Plan, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Give what is rehearsed, in order; the empty string is the whole plan. Raises UsageError for an unknown one."""
    if wanted:
        unknown = [name for name in wanted if name != "full" and plan.scenario(name) is None]
        if unknown:
            known = ", ".join(["full", *(scenario.id for scenario in plan.scenarios)])
            raise UsageError(f"There is no scenario '{unknown[0]}' to rehearse (there are: {known}).")
        return tuple("" if name == "full" else name for name in wanted)
    listed = plan.rehearsal.scenarios if plan.rehearsal else ()
    return ("", *(listed or tuple(scenario.id for scenario in plan.scenarios)))


def rehearse(target: Target, options: RehearsalOptions, world: World) -> Iterator[Rehearsed]:
    """Rehearse one after the other and yield each as it ends.

    Raises UsageError for production or a plan without ``rehearsal.deploy``, Refused for a plan with
    gaps, when the change cannot be deployed, and when its injected failure fires no trigger.
    """
    plan = target.loaded.require()
    if target.workspace.environment(target.environment).class_ == "production":
        raise UsageError(f"'{target.environment}' is production; a rehearsal belongs into another environment.")
    if plan.rehearsal is None or plan.rehearsal.deploy is None:
        raise UsageError("The plan does not say how a rehearsal deploys the change.", hint="Add `rehearsal.deploy`.")
    check_filled(target, {}, what="The rehearsal")
    with operation_lock(target, world) as name_the_run:
        for scenario in scenarios_of(plan, options.scenarios):
            check_executable(plan, Choices(scenario=scenario), target.loaded.folder)
            run, folder = new_run(target, world.clock, "rehearse")
            name_the_run(run)
            if target.is_regional:
                yield from _rehearse_regions(target, options, world, scenario, folder)
            else:
                yield rehearse_in(target, options, world, scenario, run=run, folder=folder)


def _rehearse_regions(
    target: Target, options: RehearsalOptions, world: World, scenario: str, folder: Path
) -> Iterator[Rehearsed]:
    """Rehearse all regions by the plan's strategy; each gives evidence of its own."""
    check_parameters(target, world)
    regions = RegionalRehearsal(target, options, world, Chorus(world.console), folder, scenario)
    with open_context(target, regions.voice, run=folder.name, folder=folder) as (context, journal):
        reason = RollbackReason(text="rehearsal of all regions", decided_by=context.person)
        choices = Choices(scenario=scenario)
        begin_regions(target, RunOptions(choices=choices, reason=reason), context, journal, mode="rehearse")
        note_options(journal, options, scenario)
        refused: RollbackGovError | None = None
        try:
            conduct(context, journal, regions.roll_back)
        except RollbackGovError as error:
            refused = error
    yield from regions.proved
    if refused is not None:
        raise refused


@dataclass(frozen=True, slots=True)
class RegionalRehearsal:
    """Rehearses one region in its own folder. ``only`` is the region for which answers were given; empty: all."""

    target: Target
    options: RehearsalOptions
    world: World
    chorus: Chorus
    folder: Path
    scenario: str
    only: str = ""
    restored: Mapping[str, Restored] = field(default_factory=dict)
    """Regions whose journals were just brought from a mirror."""
    rehearsed: dict[str, Rehearsed] = field(default_factory=dict)

    @property
    def voice(self) -> World:
        """The world as whoever coordinates the regions sees it."""
        return replace(self.world, console=self.chorus.voice())

    @property
    def proved(self) -> tuple[Rehearsed, ...]:
        """What was proved so far, in the order of the regions."""
        return tuple(self.rehearsed[lane.region] for lane in self.target.lanes if lane.region in self.rehearsed)

    def roll_back(self, region: str, _: str) -> RunResult:
        """Rehearse a region, from the beginning or from where its own journal stands."""
        place = place_of(self.target, self.world, self.chorus, self.folder, region)
        answers = self.options.answers if self.only in ("", region) else Answers()
        options = replace(self.options, answers=answers)
        where = (place.target, options, place.world, self.scenario)
        self.rehearsed[region] = rehearse_in(
            *where, run=place.run, folder=place.folder, restored=self.restored.get(region)
        )
        return self.rehearsed[region].summary.result

    def go_on(self, context: Context, journal: Journal) -> RunSummary:
        """Rehearse what is left, and give the evidence of this process; it is shown too when regions must wait."""
        try:
            summary = conduct(context, journal, self.roll_back)
        except RollbackGovError:
            for rehearsed in self.proved:
                context.console.say(f"  evidence  {rehearsed.file} ({rehearsed.evidence.result})")
            raise
        return replace(summary, evidence=tuple((one.file, one.evidence.result) for one in self.proved))


def resume_rehearsal(
    folder: Path, answers: Answers, given: Mapping[str, str], world: World, *, restored: Restored | None = None
) -> RunSummary:
    """Go on with a rehearsal of one, and write its evidence. Raises as ``resume`` does."""
    events = read_journal(folder / FILE)
    started = started_of(events, folder)
    target = target_of(started, given, plan_file(events, restored))
    if any(event.type == "rehearsal.participants" for event in events):
        raise UsageError(f"The rehearsal {folder.name} has ended.", hint=f"See `rollback-gov status {folder.name}`.")
    options, scenario = noted_options(events, answers)
    with operation_lock(target, world) as name_the_run:
        name_the_run(folder.name)
        rehearsed = rehearse_in(target, options, world, scenario, run=folder.name, folder=folder, restored=restored)
    return replace(rehearsed.summary, evidence=((rehearsed.file, rehearsed.evidence.result),))
