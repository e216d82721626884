"""One rehearsal in one place: deploy, let it fail, roll back, clean up, write evidence.

Every stage is written down when it is over, so a rehearsal that died goes on with the one in which it was. A stage in
which it died is begun again, and that is said: it is not production.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rollback_gov.commands.begin import RunOptions, begin
from rollback_gov.commands.capture import keep_baseline
from rollback_gov.commands.execute import RunSummary, drive, write_report
from rollback_gov.commands.journal import check_disk
from rollback_gov.commands.region import result_of
from rollback_gov.commands.restore import Restored
from rollback_gov.commands.resume import go_on_in
from rollback_gov.commands.session import Target, World, open_context
from rollback_gov.execution.answers import Answers
from rollback_gov.execution.context import Context
from rollback_gov.execution.itinerary import Choices
from rollback_gov.execution.journal import FILE, Journal, read_journal
from rollback_gov.execution.outcome import CheckResult, Ending, Verdict
from rollback_gov.execution.probe import answer, ask, describe
from rollback_gov.execution.saving import digest_of
from rollback_gov.model.errors import Refused
from rollback_gov.model.event import Event
from rollback_gov.model.number import format_number
from rollback_gov.model.observation import Value
from rollback_gov.model.plan import Injection
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


def rehearse_in(
    target: Target,
    options: RehearsalOptions,
    world: World,
    scenario: str,
    *,
    run: str,
    folder: Path,
    restored: Restored | None = None,
) -> Rehearsed:
    """Rehearse in one place, from the beginning or from where its journal stands. The empty scenario is the whole plan.

    Raises Refused when the change cannot be deployed or its injected failure fires no trigger, Interrupted or Refused
    when the rollback must wait.
    """
    with open_context(target, world, run=run, folder=folder) as (context, journal):
        if _last(journal, "run.started") is None:
            _deploy_once(target, options, scenario, context, journal)
        elif _last(journal, "run.finished") is None:
            go_on_in(target, context, journal, options.answers, restored=restored)
        try:
            summary = _roll_back(target, options, scenario, context, journal)
        finally:
            _clean_up(context, journal)
        _record_version(context, journal, "restored")
        people = {"participants": list(options.participants), "acknowledged": list(options.acknowledged)}
        journal.append("rehearsal.participants", people)
    return _write_evidence(target, options, summary, world)


def _last(journal: Journal, type_: str) -> Mapping[str, Any] | None:
    return next((event.data for event in reversed(journal.events) if event.type == type_), None)


def note_options(journal: Journal, options: RehearsalOptions, scenario: str) -> None:
    """Write down what whoever goes on with the rehearsal has to know."""
    chosen = {"scenario": scenario, "automatic": options.automatic}
    people = {"participants": list(options.participants), "acknowledged": list(options.acknowledged)}
    journal.append("rehearsal.begun", {**chosen, **people})


def noted_options(events: Sequence[Event], answers: Answers) -> tuple[RehearsalOptions, str]:
    """Give the options and the scenario of a rehearsal that goes on; the key is that of the environment."""
    begun = next((event.data for event in events if event.type == "rehearsal.begun"), {})
    options = RehearsalOptions(
        automatic=begun.get("automatic", True),
        participants=tuple(begun.get("participants", ())),
        acknowledged=tuple(begun.get("acknowledged", ())),
        answers=answers,
    )
    return options, str(begun.get("scenario", ""))


def _deploy_once(target: Target, options: RehearsalOptions, scenario: str, context: Context, journal: Journal) -> None:
    """Keep the baseline before anything changes, and deploy; what is over already is not done again."""
    goes_on = _last(journal, "rehearsal.begun") is not None
    where = f"{target.environment}, {target.region}" if target.region else target.environment
    words = "goes on" if goes_on else scenario or "the whole plan"
    context.console.say(f"Rehearsal in {where}: {words}")
    check_disk(context, journal, options.answers.overrides)
    if not goes_on:
        note_options(journal, options, scenario)
    if _last(journal, "rehearsal.baseline") is None:
        _record_version(context, journal, "before")
        _keep_baseline(context, journal)
    if _last(journal, "rehearsal.deployed") is None:
        if goes_on:
            _warn_again(context, journal, "deployed")
        _deploy(context, journal)
    if (_last(journal, "rehearsal.version") or {}).get("moment") != "deployed":
        _record_version(context, journal, "deployed")


def _warn_again(context: Context, journal: Journal, what: str) -> None:
    message = f"the rehearsal stopped before its change was known to be {what}; it is {what} now, perhaps again"
    journal.append("warning", {"message": message})
    context.console.say(f"  WARNING: {message}")


def _roll_back(
    target: Target, options: RehearsalOptions, scenario: str, context: Context, journal: Journal
) -> RunSummary:
    ended = result_of(tuple(journal.events))
    if ended is not None:
        return RunSummary(run=context.run, folder=context.folder, report=write_report(context), result=ended)
    if _last(journal, "run.started") is None:
        reason = _failure(target, options, context, journal)
        choices = Choices(scenario=scenario)
        begin(target, RunOptions(choices=choices, reason=reason), context, journal, mode="rehearse")
    return drive(context, journal, options.answers)


def _write_evidence(target: Target, options: RehearsalOptions, summary: RunSummary, world: World) -> Rehearsed:
    from rollback_gov.records.evidence import write_evidence
    from rollback_gov.records.keys import load_private_key
    from rollback_gov.records.rehearsal import evidence_from_journal

    evidence = evidence_from_journal(read_journal(summary.folder / FILE), digest_of(summary.folder / FILE))
    key = load_private_key(options.key, world.environ)
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


def _keep_baseline(context: Context, journal: Journal) -> None:
    required = {saved.id for saved in context.plan.baseline if saved.required}
    results = {}
    for kept in keep_baseline(context):
        results[kept.id] = kept.result
        context.console.say(f"  baseline {kept.id}: {kept.result} {kept.detail}".rstrip())
        if kept.result != "kept" and kept.id in required:
            raise Refused(f"The baseline '{kept.id}' could not be kept before the rehearsal: {kept.detail}")
    journal.append("rehearsal.baseline", {"kept": results})


def _deploy(context: Context, journal: Journal) -> None:
    assert context.plan.rehearsal is not None
    assert context.plan.rehearsal.deploy is not None
    began = context.clock.monotonic()
    verdict, results = answer(context, context.plan.rehearsal.deploy, name="deploy")
    seconds = round(context.clock.monotonic() - began, 3)
    if verdict is not Verdict.PASSED:
        message = f"The change could not be deployed for the rehearsal: {describe(results)}."
        journal.append("warning", {"message": message})
        raise Refused(message, hint=f"What it printed lies in {context.folder / 'outputs'}.")
    journal.append("rehearsal.deployed", {"seconds": seconds, "detail": describe(results)})


def _failure(target: Target, options: RehearsalOptions, context: Context, journal: Journal) -> RollbackReason:
    """Make the change fail and wait for the trigger, or decide by hand; a trigger that has fired fires no more."""
    fired = _last(journal, "rehearsal.triggered")
    if fired is not None:
        return RollbackReason(text=fired["reason"], trigger=fired["trigger"], decided_by=context.person)
    injection = context.plan.rehearsal.simulate_failure if context.plan.rehearsal else None
    if injection is None or not options.automatic or not injection.expect_trigger:
        data = {"trigger": "", "how": "manual", "seconds": 0.0, "reason": "started by hand"}
        journal.append("rehearsal.triggered", data)
        return RollbackReason(text="rehearsal, started by hand", decided_by=context.person)
    if _last(journal, "rehearsal.injected") is None:
        _inject(context, journal, injection)
    return _await_trigger(target, context, journal, injection)


def _inject(context: Context, journal: Journal, injection: Injection) -> None:
    verdict, results = _script(context, injection.run, "inject")
    if verdict is not Verdict.PASSED:
        message = f"The failure could not be injected: {describe(results)}."
        journal.append("warning", {"message": message})
        raise Refused(message)
    journal.append("rehearsal.injected", {"trigger": injection.expect_trigger, "detail": describe(results)})


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
