"""Rolling back: running a plan against its SLA, from the first look to the report."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from rollback_gov.commands.begin import RunOptions, begin
from rollback_gov.commands.gaps import check_filled
from rollback_gov.commands.journal import check_disk
from rollback_gov.commands.operation_lock import operation_lock
from rollback_gov.commands.preflight import (
    check_doubts,
    check_executable,
    check_permit,
    check_safety,
    check_tools,
    check_unfinished,
)
from rollback_gov.commands.run_summary import RunSummary
from rollback_gov.commands.runs import new_run, unfinished_run
from rollback_gov.commands.session import open_context
from rollback_gov.commands.target import Target
from rollback_gov.commands.world import World, leases_of
from rollback_gov.execution.answers import Answers, RunResult
from rollback_gov.execution.contacts import contacts_of
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal, JournalError
from rollback_gov.execution.runner import Runner
from rollback_gov.model.errors import UsageError
from rollback_gov.model.people import Contact


def execute(target: Target, options: RunOptions, world: World) -> RunSummary:
    """Run a plan in production. Without a permit it warns, records and goes on. See ``drive`` for what it raises.

    A plan that can be watched is run under the lease that a watch of it would take.
    """
    check_choices(target, options)
    if world.fence is not None or not (target.loaded.require().triggers or leases_of(world)):
        return _execute(target, options, world)
    from rollback_gov.commands.rollback_lease import with_lease

    return with_lease(target, world, options.reason.text, lambda own: _execute(target, options, own))


def _execute(target: Target, options: RunOptions, world: World) -> RunSummary:
    with operation_lock(target, world) as name_the_run:
        unfinished = unfinished_run(target)
        run, folder = new_run(target, world.clock, "execute")
        name_the_run(run)
        with open_context(target, world, run=run, folder=folder) as (context, journal):
            begin(target, options, context, journal, mode="execute")
            decide_last_resort(options, context, journal)
            check_doubts(options.doubts, context, journal, options.answers.overrides)
            check_unfinished(unfinished, context, journal, options.answers.overrides)
            check_disk(context, journal, options.answers.overrides)
            check_permit(target, context, journal, options.answers.overrides)
            check_tools(context, options.choices, journal, options.answers.overrides)
            if not options.asked:
                check_safety(context, journal, options.answers.overrides)
            return drive(context, journal, options.answers, ladder=options.ladder)


def drive(context: Context, journal: Journal, answers: Answers, *, ladder: bool | None = None) -> RunSummary:
    """Run to the end and write the report. ``ladder``: after a failure, walk the rest of the escalation ladder.

    False only says who was not called; None leaves the ladder to others, as a rehearsal and one region of several do.
    Raises Interrupted or Refused when the run must wait; it can be resumed.
    """
    runner = Runner(context, journal, answers)
    try:
        result = runner.run()
        from rollback_gov.execution.what_failed import what_failed

        event = "completed" if result.result == "passed" else "failed"
        fields = {"result": result.result, "text": what_failed(journal.events, result.detail)}
        context.notify(event, fields | ({"from": "its forward fix"} if runner.state.past_point_of_no_return else {}))
    finally:
        report = write_report(context, journal)
    if ladder is not None and result.result == "failed":
        from rollback_gov.execution.ladder import note_ladder, walk_ladder

        if ladder:
            walk_ladder(context, journal, runner.pace)
        else:
            note_ladder(journal, runner.pace)
        report = write_report(context, journal)
    is_over = result.result == "passed" and runner.state.started["mode"] == "execute"
    windows = context.plan.watch_after if is_over else ()
    summary = RunSummary(run=context.run, folder=context.folder, report=report, result=result, windows=windows)
    return replace(summary, contacts=to_be_called(context, result, runner.state.started["mode"]))


def to_be_called(context: Context, result: RunResult, mode: str) -> tuple[Contact, ...]:
    """Give whom to call now: after a rollback that failed, not after a rehearsal."""
    if result.result != "failed" or mode != "execute":
        return ()
    return contacts_of(context.plan, context.environment)


def write_report(context: Context, journal: Journal) -> Path:
    """Write the report; a report that cannot be written never changes how the run ended, and the next one says so."""
    from rollback_gov.commands.report import REPORT, write_documents
    from rollback_gov.reports.markdown import INCIDENT

    try:
        written = write_documents(context.folder, (INCIDENT,))
        for problem in written.problems:
            context.console.say(f"  the report's template: {problem}")
        return written.files[INCIDENT.name]
    except Exception as error:
        message = f"the report could not be written: {error}"
        context.console.say(f"  {message}")
        with suppress(JournalError):
            journal.append("warning", {"message": message})
        context.console.say(f"  again: rollback-gov report incident {context.run}")
        return context.folder / REPORT


def check_choices(target: Target, options: RunOptions) -> None:
    """See that what was chosen is in the plan and can be run. Raises before anything has happened.

    UsageError for what this version cannot run, Refused for a plan with gaps.
    """
    plan = target.loaded.require()
    check_executable(plan, options.choices, target.loaded.folder)
    check_filled(target, options.answers.overrides)
    if options.last_resort and not plan.last_resort:
        raise UsageError("The plan has no `last_resort`.", hint="Name another way: --scenario, --option, --from.")


def decide_last_resort(options: RunOptions, context: Context, journal: Journal) -> None:
    """Somebody has decided beforehand that the last resort takes the place of the phases."""
    if not options.last_resort:
        return
    journal.append("last_resort.decided", {"taken": True, "by": context.person, "reason": options.last_resort})
    context.console.say(f"  last resort, decided by {context.person}: {options.last_resort}")
