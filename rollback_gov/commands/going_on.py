"""Going on with a run, of one region or of several, here or from a mirror."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from rollback_gov.commands.begin import RunOptions
from rollback_gov.commands.climb import climb
from rollback_gov.commands.operation_lock import operation_lock
from rollback_gov.commands.regions import RegionalRollback, check_parameters, conduct, overridden
from rollback_gov.commands.rehearsal import noted_options
from rollback_gov.commands.rehearse import RegionalRehearsal, resume_rehearsal
from rollback_gov.commands.restore import Restored, UnknownRun, plan_file, restore
from rollback_gov.commands.resume import go_on_in, resume, started_of, target_of
from rollback_gov.commands.run_summary import RunSummary
from rollback_gov.commands.runs import REGIONS, find_run
from rollback_gov.commands.session import open_context
from rollback_gov.commands.world import World
from rollback_gov.execution.answers import Answers
from rollback_gov.execution.journal import FILE, Journal, read_journal
from rollback_gov.execution.regions.console import Chorus
from rollback_gov.execution.regions.coordination import is_regional
from rollback_gov.execution.run import choices_of
from rollback_gov.model.errors import UsageError
from rollback_gov.model.event import Event
from rollback_gov.model.reason import RollbackReason


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
    folder = find_run(incidents, run, unfinished=True)
    whole = folder.resolve().parent.parent
    if folder.resolve().parent.name == REGIONS and (whole / FILE).is_file():
        return resume_regions(whole, answers, given, world, only=folder.name, ladder=ladder)
    events = read_journal(folder / FILE)
    if is_regional(events):
        return resume_regions(folder, answers, given, world, ladder=ladder)
    if _is_rehearsal(events):
        return resume_rehearsal(folder, answers, given, world)
    return resume(str(folder), incidents, answers, given, world, ladder=ladder)


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
        if _is_rehearsal(events):
            return resume_rehearsal(whole.folder, answers, given, world, restored=whole)
        return resume(run, incidents, answers, given, world, restored=whole, ladder=ladder)
    restored = {"": whole}
    for region in dict.fromkeys(event.data["region"] for event in events if event.type == "region.started"):
        own = whole.folder / REGIONS / region
        with suppress(UnknownRun):  # it had begun and had not written its first line
            restored[region] = restore(mirror, f"{run}.{region}", incidents, world, folder=own)
    return resume_regions(whole.folder, answers, given, world, restored=restored, ladder=ladder)


def _is_rehearsal(events: tuple[Event, ...]) -> bool:
    """Tell a rehearsal that had come to its rollback; one that had not is begun anew."""
    return any(event.type == "run.started" and event.data["mode"] == "rehearse" for event in events)


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

    One that has failed goes on with its escalation ladder. Raises UsageError for a run that has ended and calls nobody
    any more, Refused when what runs has changed since.
    """
    started, has_ended = resumable(folder, answers, only)
    if started.get("distributed"):
        raise UsageError(
            f"Workers roll the regions of {folder.name} back, and their journals lie in the database.",
            hint=f"Go on with: rollback-gov resume {folder.name} --distributed",
        )
    brought = restored or {}
    target = target_of(started, given, plan_file(read_journal(folder / FILE), brought.get("")))
    if has_ended:
        return climb(target, folder, world, restored=brought.get(""), ladder=ladder)
    check_parameters(target, world)
    chorus = Chorus(world.console)
    voice = replace(world, console=chorus.voice())
    with ExitStack() as stack:
        stack.enter_context(operation_lock(target, world))(folder.name)
        context, journal = stack.enter_context(open_context(target, voice, run=folder.name, folder=folder))
        go_on_in(target, context, journal, answers, restored=brought.get(""))
        if started["mode"] == "rehearse":
            options, scenario = noted_options(journal.events, answers)
            where = (target, options, world, chorus, context.folder, scenario)
            return RegionalRehearsal(*where, only, brought).go_on(context, journal)
        chosen = replace(options_of(started), answers=answers, last_resort=last_resort_of(journal))
        region = RegionalRollback(target, chosen, world, chorus, context.folder, overridden(journal), only, brought)
        return conduct(context, journal, region.roll_back, ladder=ladder)


def resumable(folder: Path, answers: Answers, only: str) -> tuple[Mapping[str, Any], bool]:
    """Give ``run.started``, and whether the rollback itself has ended.

    Raises UsageError for one that never began, and for an answer that belongs to nobody.
    """
    events = read_journal(folder / FILE)
    started = started_of(events, folder)
    has_ended = any(event.type == "run.finished" for event in events)
    if answers.settle and not only and not has_ended:
        raise UsageError(
            "An answer belongs to one region.", hint=f"Use: rollback-gov resume {folder.name}.REGION --settle …"
        )
    return started, has_ended


def options_of(started: Mapping[str, Any]) -> RunOptions:
    """What was chosen when the run began, for the regions that begin only now."""
    reason, decided_at = RollbackReason(**started["reason"]), started["decided_at"]
    return RunOptions(choices=choices_of(started), reason=reason, decided_at=decided_at)


def last_resort_of(journal: Journal) -> str:
    """Why the last resort takes the place of the phases; empty where nobody decided so."""
    decided = (event.data for event in journal.events if event.type == "last_resort.decided")
    return next((str(data["reason"]) for data in decided if data["taken"]), "")
