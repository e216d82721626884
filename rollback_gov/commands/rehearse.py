"""Rehearsals: deploy the change where it hurts nobody, let it fail, roll back, and write down what was proved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.begin import RunOptions, begin
from rollback_gov.commands.capture import keep_baseline
from rollback_gov.commands.execute import RunSummary, drive
from rollback_gov.commands.journal import check_disk
from rollback_gov.commands.operation_lock import operation_lock
from rollback_gov.commands.preflight import check_executable
from rollback_gov.commands.session import Target, World, new_run, open_context
from rollback_gov.execution.answers import Answers, RunResult
from rollback_gov.execution.context import Context
from rollback_gov.execution.itinerary import Choices
from rollback_gov.execution.journal import FILE, Journal, read_journal
from rollback_gov.execution.outcome import CheckResult, Ending, Verdict
from rollback_gov.execution.probe import answer, ask, describe
from rollback_gov.execution.regions.console import Chorus
from rollback_gov.execution.saving import digest_of
from rollback_gov.model.errors import Refused, RollbackGovError, UsageError
from rollback_gov.model.number import format_number
from rollback_gov.model.observation import Value
from rollback_gov.model.plan import Injection, Plan
from rollback_gov.model.reason import RollbackReason

if TYPE_CHECKING:
    from rollback_gov.model.evidence import Evidence

INJECTION_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalOptions:
    """What to rehearse and with whom. Without ``scenarios`` the whole plan, then each of its scenarios."""

    scenarios: tuple[str, ...] = ()
    automatic: bool = True
    """Let the injected failure fire the trigger, where the plan has one; otherwise the rollback is started by hand."""
    participants: tuple[str, ...] = ()
    acknowledged: tuple[str, ...] = ()
    key: Path | None = None
    answers: Answers = field(default_factory=Answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """One rehearsal: the run, what it proved, and the file that says so."""

    summary: RunSummary
    evidence: Evidence
    file: Path


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

    Raises UsageError for production or a plan without ``rehearsal.deploy``, Refused when the change cannot be deployed
    or its injected failure fires no trigger.
    """
    plan = target.loaded.require()
    if target.workspace.environment(target.environment).class_ == "production":
        raise UsageError(f"'{target.environment}' is production; a rehearsal belongs into another environment.")
    if plan.rehearsal is None or plan.rehearsal.deploy is None:
        raise UsageError("The plan does not say how a rehearsal deploys the change.", hint="Add `rehearsal.deploy`.")
    with operation_lock(target, world) as name_the_run:
        for scenario in scenarios_of(plan, options.scenarios):
            check_executable(plan, Choices(scenario=scenario), target.loaded.folder)
            run, folder = new_run(target, world.clock, "rehearse")
            name_the_run(run)
            if target.is_regional:
                yield from _rehearse_regions(target, options, world, scenario, folder)
            else:
                yield _rehearse_one(target, options, world, scenario, run=run, folder=folder)


def _rehearse_regions(
    target: Target, options: RehearsalOptions, world: World, scenario: str, folder: Path
) -> Iterator[Rehearsed]:
    """Rehearse all regions by the plan's strategy; each gives evidence of its own."""
    from rollback_gov.commands.region import place_of
    from rollback_gov.commands.regions import begin_regions, check_parameters, conduct

    check_parameters(target, world)
    chorus, rehearsed = Chorus(world.console), dict[str, Rehearsed]()

    def roll_back(region: str, _: str) -> RunResult:
        place = place_of(target, world, chorus, folder, region)
        rehearsed[region] = _rehearse_one(
            place.target, options, place.world, scenario, run=place.run, folder=place.folder
        )
        return rehearsed[region].summary.result

    with open_context(target, replace(world, console=chorus.voice()), run=folder.name, folder=folder) as opened:
        context, journal = opened
        reason = RollbackReason(text="rehearsal of all regions", decided_by=context.person)
        choices = Choices(scenario=scenario)
        begin_regions(target, RunOptions(choices=choices, reason=reason), context, journal, mode="rehearse")
        refused: RollbackGovError | None = None
        try:
            conduct(context, journal, roll_back)
        except RollbackGovError as error:
            refused = error
    yield from (rehearsed[lane.region] for lane in target.lanes if lane.region in rehearsed)
    if refused is not None:
        raise refused


def _rehearse_one(
    target: Target, options: RehearsalOptions, world: World, scenario: str, *, run: str, folder: Path
) -> Rehearsed:
    choices = Choices(scenario=scenario)
    with open_context(target, world, run=run, folder=folder) as (context, journal):
        where = f"{target.environment}, {target.region}" if target.region else target.environment
        context.console.say(f"Rehearsal in {where}: {scenario or 'the whole plan'}")
        check_disk(context, journal, options.answers.overrides)
        _record_version(context, journal, "before")
        _keep_baseline(context)
        _deploy(context, journal)
        _record_version(context, journal, "deployed")
        try:
            reason = _failure(target, options, context, journal)
            begin(target, RunOptions(choices=choices, reason=reason), context, journal, mode="rehearse")
            summary = drive(context, journal, options.answers)
        finally:
            _clean_up(context, journal)
        _record_version(context, journal, "restored")
        people = {"participants": list(options.participants), "acknowledged": list(options.acknowledged)}
        journal.append("rehearsal.participants", people)
    return _write_evidence(target, options, summary, world)


def _write_evidence(target: Target, options: RehearsalOptions, summary: RunSummary, world: World) -> Rehearsed:
    from rollback_gov.records.evidence import write_evidence
    from rollback_gov.records.keys import load_private_key
    from rollback_gov.records.rehearsal import evidence_from_journal
    from rollback_gov.records.snapshot import keep_plan

    evidence = evidence_from_journal(read_journal(summary.folder / FILE), digest_of(summary.folder / FILE))
    key = load_private_key(options.key, world.environ)
    with suppress(OSError):  # without it, changes are told by phase and section only
        keep_plan(target.loaded.folder, target.loaded.require())
    return Rehearsed(summary=summary, evidence=evidence, file=write_evidence(target.loaded.folder, evidence, key))


def live_version(context: Context) -> str:
    """Ask which version runs now; the empty string when the plan cannot tell or nobody answers."""
    probe = context.plan.change.live_version
    if probe is None:
        return ""
    outcome = ask(context, probe, name="live-version")
    if outcome.ending is not Ending.DONE or outcome.exit not in (None, 0):
        return ""
    if isinstance(outcome.reading, Value):
        return format_number(outcome.reading.number)
    return outcome.stdout.strip()


def _record_version(context: Context, journal: Journal, moment: str) -> None:
    version = live_version(context)
    journal.append("rehearsal.version", {"moment": moment, "version": version})
    context.console.say(f"  version {moment}: {version or 'unknown'}")


def _keep_baseline(context: Context) -> None:
    required = {saved.id for saved in context.plan.baseline if saved.required}
    for kept in keep_baseline(context):
        context.console.say(f"  baseline {kept.id}: {kept.result} {kept.detail}".rstrip())
        if kept.result != "kept" and kept.id in required:
            raise Refused(f"The baseline '{kept.id}' could not be kept before the rehearsal: {kept.detail}")


def _deploy(context: Context, journal: Journal) -> None:
    assert context.plan.rehearsal is not None
    assert context.plan.rehearsal.deploy is not None
    began = context.clock.monotonic()
    verdict, results = answer(context, context.plan.rehearsal.deploy, name="deploy")
    seconds = round(context.clock.monotonic() - began, 3)
    journal.append("rehearsal.deployed", {"seconds": seconds, "detail": describe(results)})
    if verdict is not Verdict.PASSED:
        raise Refused(
            f"The change could not be deployed for the rehearsal: {describe(results)}.",
            hint=f"What it printed lies in {context.folder / 'outputs'}.",
        )


def _failure(target: Target, options: RehearsalOptions, context: Context, journal: Journal) -> RollbackReason:
    """Make the change fail and wait for the trigger, or decide by hand."""
    injection = context.plan.rehearsal.simulate_failure if context.plan.rehearsal else None
    if injection is None or not options.automatic or not injection.expect_trigger:
        data = {"trigger": "", "how": "manual", "seconds": 0.0, "reason": "started by hand"}
        journal.append("rehearsal.triggered", data)
        return RollbackReason(text="rehearsal, started by hand", decided_by=context.person)
    _inject(context, journal, injection)
    return _await_trigger(target, context, journal, injection)


def _inject(context: Context, journal: Journal, injection: Injection) -> None:
    verdict, results = _script(context, injection.run, "inject")
    journal.append("rehearsal.injected", {"trigger": injection.expect_trigger, "detail": describe(results)})
    if verdict is not Verdict.PASSED:
        raise Refused(f"The failure could not be injected: {describe(results)}.")


def _script(context: Context, text: str, name: str) -> tuple[Verdict, tuple[CheckResult, ...]]:
    from rollback_gov.model.action import Probe

    return answer(context, Probe(run=text), name=name)


def _await_trigger(target: Target, context: Context, journal: Journal, injection: Injection) -> RollbackReason:
    from rollback_gov.commands.watch import wait_for_trigger

    began = context.clock.monotonic()
    seconds = injection.timeout.seconds if injection.timeout else INJECTION_SECONDS
    context.console.say(f"  failure injected; waiting for trigger {injection.expect_trigger}")
    reason = wait_for_trigger(context, injection.expect_trigger, timeout=seconds)
    waited = round(context.clock.monotonic() - began, 3)
    if reason is None:
        raise Refused(
            f"The injected failure did not fire trigger '{injection.expect_trigger}' within {seconds:g} s.",
            hint="Look at it with `rollback-gov watch PLAN --mode observe`.",
        )
    data: Mapping[str, object] = {"trigger": reason.trigger, "how": "automatic", "seconds": waited}
    journal.append("rehearsal.triggered", {**data, "reason": reason.text})
    context.console.say(f"  {reason.text}")
    return reason


def _clean_up(context: Context, journal: Journal) -> None:
    """Stop the injected failure, whatever happened. What cannot be cleaned up is a warning."""
    rehearsal = context.plan.rehearsal
    stop = rehearsal.simulate_failure.stop if rehearsal and rehearsal.simulate_failure else ""
    scripts = [("stop-injection", stop)] if stop else []
    for name, text in scripts:
        verdict, results = _script(context, text, name)
        if verdict is not Verdict.PASSED:
            journal.append("warning", {"message": f"{name}: {describe(results)}"})
    if rehearsal and rehearsal.clean_up is not None:
        verdict, results = answer(context, rehearsal.clean_up, name="clean-up")
        if verdict is not Verdict.PASSED:
            journal.append("warning", {"message": f"clean-up: {describe(results)}"})
