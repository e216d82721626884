"""Going on with a run whose process died, here or on a machine that is gone."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rollback_gov.commands.climb import climb
from rollback_gov.commands.execute import drive
from rollback_gov.commands.journal import check_disk
from rollback_gov.commands.operation_lock import operation_lock
from rollback_gov.commands.preflight import check_safety, check_tools, check_unchanged, check_unfinished
from rollback_gov.commands.restore import Restored, cast_doubt, plan_file, resumed
from rollback_gov.commands.run_summary import RunSummary
from rollback_gov.commands.runs import find_run, unfinished_run
from rollback_gov.commands.session import open_context
from rollback_gov.commands.target import Target
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.execution.answers import Answers
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import FILE, Journal, read_journal
from rollback_gov.execution.masking import MASK, teaches
from rollback_gov.execution.run import choices_of
from rollback_gov.model.errors import Refused
from rollback_gov.model.event import Event
from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import load_plan


def resume(
    run: str,
    incidents: Path,
    answers: Answers,
    given: Mapping[str, str],
    world: World,
    *,
    restored: Restored | None = None,
    ladder: bool = False,
) -> RunSummary:
    """Go on with a run from its journal; ``restored`` says that it was just brought from a mirror.

    A run that has failed goes on with its escalation ladder, where people are still to be called. Raises UsageError
    for a run that does not exist or has ended, Refused when what runs has changed since.
    """
    folder = restored.folder if restored else find_run(incidents, run, unfinished=True)
    events = read_journal(folder / FILE)
    started = started_of(events, folder)
    target = target_of(started, given, plan_file(events, restored))
    if any(event.type == "run.finished" for event in events):
        return climb(target, folder, world, restored=restored, ladder=ladder)
    with ExitStack() as stack:
        stack.enter_context(operation_lock(target, world))(folder.name)
        context, journal = stack.enter_context(open_context(target, world, run=folder.name, folder=folder))
        go_on_in(target, context, journal, answers, restored=restored)
        if not any(event.type == "phase.started" for event in events):
            check_unfinished(unfinished_run(target), context, journal, answers.overrides)
            check_tools(context, choices_of(started), journal, answers.overrides)
            check_safety(context, journal, answers.overrides)
        return drive(context, journal, answers, ladder=ladder)


def go_on_in(
    target: Target, context: Context, journal: Journal, answers: Answers, *, restored: Restored | None = None
) -> None:
    """Note that a run goes on in this process, and let what may have begun unseen be doubted.

    Raises Refused when what it runs has changed since, or lies on a disk that cannot be trusted.
    """
    executable = check_unchanged(target, context, journal, answers.overrides)
    data = resumed(context, journal.events, target.loaded.path, restored)
    since = journal.append("run.resumed", {**data, "executable": executable})
    context.console.say(f"Run {context.run} goes on.")
    _warn_of_forgotten_masks(context)
    check_disk(context, journal, answers.overrides)
    cast_doubt(context, journal, since, restored)


def _warn_of_forgotten_masks(context: Context) -> None:
    """Say that secrets were taught to a process that is gone. They are written down nowhere: that is their point."""
    taught = [path.name for path in sorted((context.folder / "outputs").glob("*")) if teaches(path)]
    if taught:
        names = ", ".join(taught[:3]) + (f" and {len(taught) - 3} more" if len(taught) > 3 else "")
        context.console.say(f"  WARNING: the secrets that steps have taught by ::add-mask:: ({names}) died with their")
        context.console.say(
            "  process. They are masked again only where a step teaches them again; a parameter that is"
        )
        context.console.say("  `secret`, or a variable whose name says so, is known to every process.")


def started_of(events: tuple[Event, ...], folder: Path) -> Mapping[str, Any]:
    """Give the data of ``run.started``. Raises UsageError for a journal that never got that far."""
    for event in events:
        if event.type == "run.started":
            return event.data
    raise Refused(f"The run in {folder} never started; there is nothing to go on with.")


def target_of(started: Mapping[str, Any], given: Mapping[str, str], plan: Path) -> Target:
    """Load the plan of a run again; ``given`` goes before the values that the run began with."""
    loaded = load_plan(plan)
    return Target(
        loaded=loaded,
        workspace=Workspace.around(loaded.path),
        environment=started["environment"],
        given={**_unshown(started["parameters"], loaded.require()), **given},
        region=started["region"],
    )


def _unshown(values: Mapping[str, str], plan: Plan) -> dict[str, str]:
    declared = plan.parameters or {}
    shown = {name: value for name, value in values.items() if MASK not in value}
    return {name: value for name, value in shown.items() if name in declared and not declared[name].secret}
