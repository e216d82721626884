"""Going on with the escalation ladder of a rollback that failed, when the process that walked it is gone."""

from __future__ import annotations

from pathlib import Path

from rollback_gov.commands.execute import write_report
from rollback_gov.commands.operation_lock import operation_lock
from rollback_gov.commands.restore import Restored, resumed
from rollback_gov.commands.run_summary import RunSummary
from rollback_gov.commands.runs import REGIONS
from rollback_gov.commands.session import open_context
from rollback_gov.commands.target import Target
from rollback_gov.commands.world import World
from rollback_gov.execution.answers import RunResult
from rollback_gov.execution.contacts import contacts_of
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import FILE, Journal, read_journal
from rollback_gov.execution.ladder import is_open, walk_ladder
from rollback_gov.execution.pace import Pace
from rollback_gov.execution.state import fold
from rollback_gov.model.errors import UsageError


def climb(target: Target, folder: Path, world: World, *, restored: Restored | None, ladder: bool) -> RunSummary:
    """Call who was not called yet, by the time since the failure. The rollback itself has ended and stays so.

    Raises UsageError for a run that has ended and calls nobody any more.
    """
    check_calls(target, folder, ladder=ladder)
    with operation_lock(target, world) as name_the_run:
        name_the_run(folder.name)
        with open_context(target, world, run=folder.name, folder=folder) as (context, journal):
            return climb_in(target, context, journal, restored)


def check_calls(target: Target, folder: Path, *, ladder: bool) -> None:
    """See, before anything is opened, that a run may still call somebody. Raises UsageError."""
    state = fold(read_journal(folder / FILE))
    wanted = ladder and state.result == "failed" and state.started["mode"] == "execute"
    if not wanted or state.taken_over or not _calls_somebody(target):
        raise _has_ended(folder)


def _calls_somebody(target: Target) -> bool:
    plan = target.loaded.require()
    contacts = contacts_of(plan, target.workspace.environment(target.environment))
    timed = (contact.when for contact in contacts if contact.when and contact.when.after)
    return any(rung.on == "failed" for rung in plan.escalation) or any(when.while_ == "failed" for when in timed)


def climb_in(target: Target, context: Context, journal: Journal, restored: Restored | None = None) -> RunSummary:
    """Walk what is left of the ladder with a journal that is open. Raises UsageError where nothing is left."""
    pace = pace_of(context, journal)
    if not is_open(journal, pace):
        raise _has_ended(context.folder)
    journal.append("run.resumed", resumed(context, journal.events, target.loaded.path, restored))
    context.console.say(f"Run {context.run} has failed; its escalation ladder goes on.")
    walk_ladder(context, journal, pace)
    ended = next(event.data for event in journal.events if event.type == "run.finished")
    limit = pace.sla_seconds
    result = RunResult(result=ended["result"], seconds=ended["seconds"], sla_seconds=limit, detail=ended["detail"])
    return RunSummary(run=context.run, folder=context.folder, report=write_report(context, journal), result=result)


def pace_of(context: Context, journal: Journal) -> Pace:
    """The ladder as the run and its regions have left it: a rung that one of them took is not taken again."""
    state = fold(journal.events)
    for path in (context.folder / REGIONS).glob(f"*/{FILE}"):
        there = fold(read_journal(path))
        state.escalated |= there.escalated
        state.called |= there.called
    return Pace(context, journal, state)


def _has_ended(folder: Path) -> UsageError:
    return UsageError(f"The run {folder.name} has ended.", hint=f"See `rollback-gov report incident {folder.name}`.")
