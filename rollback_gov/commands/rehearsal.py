"""One rehearsal in one place: deploy, let it fail, roll back, clean up, write evidence.

Every stage is written down when it is over, so a rehearsal that died goes on with the one in which it was. A stage in
which it died is begun again, and that is said: it is not production.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.begin import RunOptions, begin
from rollback_gov.commands.execute import drive, write_report
from rollback_gov.commands.journal import check_disk
from rollback_gov.commands.region import result_of
from rollback_gov.commands.rehearsal_stages import await_failure, clean_up, deploy_once, last, record_version
from rollback_gov.commands.restore import Restored
from rollback_gov.commands.resume import go_on_in
from rollback_gov.commands.run_summary import RunSummary
from rollback_gov.commands.session import open_context
from rollback_gov.commands.target import Target
from rollback_gov.commands.world import World
from rollback_gov.execution.answers import Answers
from rollback_gov.execution.context import Context
from rollback_gov.execution.itinerary import Choices
from rollback_gov.execution.journal import FILE, Journal, read_journal
from rollback_gov.execution.saving import digest_of
from rollback_gov.model.event import Event

if TYPE_CHECKING:
    from rollback_gov.model.evidence import Evidence


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
        if last(journal, "run.started") is None:
            _deploy(target, options, scenario, context, journal)
        elif last(journal, "run.finished") is None:
            go_on_in(target, context, journal, options.answers, restored=restored)
        try:
            summary = _roll_back(target, options, scenario, context, journal)
        finally:
            clean_up(context, journal)
        record_version(context, journal, "restored")
        prove_triggers(target, context, journal)
        people = {"participants": list(options.participants), "acknowledged": list(options.acknowledged)}
        journal.append("rehearsal.participants", people)
    return _write_evidence(target, options, summary, world)


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


def prove_triggers(target: Target, context: Context, journal: Journal) -> None:
    """Show that the triggers of the plan that ran can fire and can stay quiet, and write down what came of it."""
    plan = target.loaded.require()
    if not plan.triggers:
        return
    from rollback_gov.records.digests import digests
    from rollback_gov.triggers.proof.plan import prove_plan

    proof = prove_plan(plan)
    for problem in proof.problems:
        context.console.say(f"  not proved  {problem}")
    section = digests(plan, target.loaded.files).sections["triggers"]
    shown = {"proved": list(proof.proved), "problems": list(proof.problems)}
    journal.append("rehearsal.proved", {"triggers": section, **shown, "sha256": proof.sha256})


def _deploy(target: Target, options: RehearsalOptions, scenario: str, context: Context, journal: Journal) -> None:
    goes_on = last(journal, "rehearsal.begun") is not None
    where = f"{target.environment}, {target.region}" if target.region else target.environment
    context.console.say(f"Rehearsal in {where}: {'goes on' if goes_on else scenario or 'the whole plan'}")
    check_disk(context, journal, options.answers.overrides)
    if not goes_on:
        note_options(journal, options, scenario)
    deploy_once(context, journal, goes_on=goes_on)


def _roll_back(
    target: Target, options: RehearsalOptions, scenario: str, context: Context, journal: Journal
) -> RunSummary:
    ended = result_of(tuple(journal.events))
    if ended is not None:
        report = write_report(context, journal)
        return RunSummary(run=context.run, folder=context.folder, report=report, result=ended)
    if last(journal, "run.started") is None:
        reason = await_failure(context, journal, automatic=options.automatic)
        choices = Choices(scenario=scenario)
        begin(target, RunOptions(choices=choices, reason=reason), context, journal, mode="rehearse")
    return drive(context, journal, options.answers)


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
