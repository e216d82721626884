"""Running an approved plan against its SLA, and going on with a run whose process died."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rollback_gov.commands.begin import RunOptions, begin
from rollback_gov.commands.session import Target, World, find_run, new_run, open_context, operation_lock, unfinished_run
from rollback_gov.commands.workspace import Workspace
from rollback_gov.execution.context import Context
from rollback_gov.execution.itinerary import Choices, plan_itinerary
from rollback_gov.execution.journal import FILE, Journal, read_journal
from rollback_gov.execution.masking import MASK
from rollback_gov.execution.override import insist
from rollback_gov.execution.runner import Answers, Runner, RunResult
from rollback_gov.execution.task import action_module
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.event import Event
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.plan import Plan, Window
from rollback_gov.plans.load import load_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A run that has ended: its id, its folder, its report, and how it went."""

    run: str
    folder: Path
    report: Path
    result: RunResult
    windows: tuple[Window, ...] = ()
    """What is to be watched now that the change is rolled back."""

    @property
    def exit_code(self) -> ExitCode:
        """0 for a rollback that passed, 5 for one that failed."""
        return ExitCode.PASSED if self.result.result == "passed" else ExitCode.ROLLBACK_FAILED


def execute(target: Target, options: RunOptions, world: World) -> RunSummary:
    """Run a plan in production. Without a permit it warns, records and goes on. See ``_drive`` for what it raises."""
    plan = target.loaded.require()
    check_executable(plan, options.choices, target.loaded.folder)
    with operation_lock(target, world.clock):
        unfinished = unfinished_run(target)
        run, folder = new_run(target, world.clock, "execute")
        with open_context(target, world, run=run, folder=folder) as (context, journal):
            begin(target, options, context, journal, mode="execute")
            _check_unfinished(unfinished, context, journal, options.answers.overrides)
            _check_permit(target, context, journal, options.answers.overrides)
            _check_tools(context, journal, options.answers.overrides)
            _check_safety(context, journal, options.answers.overrides)
            return drive(context, journal, options.answers)


def resume(run: str, incidents: Path, answers: Answers, given: Mapping[str, str], world: World) -> RunSummary:
    """Go on with a run from its journal.

    Raises UsageError for a run that does not exist or has ended, Refused when what runs has changed since.
    """
    folder = find_run(incidents, run)
    events = read_journal(folder / FILE)
    started = started_of(events, folder)
    if any(event.type == "run.finished" for event in events):
        raise UsageError(f"The run {folder.name} has ended.", hint=f"See `rollback-gov report incident {folder.name}`.")
    target = target_of(started, given)
    with operation_lock(target, world.clock), open_context(target, world, run=folder.name, folder=folder) as opened:
        context, journal = opened
        _check_unchanged(target, context, journal, started, answers.overrides)
        data = {"by": world.person, "host": os.uname().nodename, "pid": os.getpid(), "reason": ""}
        journal.append("run.resumed", data)
        world.console.say(f"Run {folder.name} goes on.")
        if not any(event.type == "phase.started" for event in events):
            _check_unfinished(unfinished_run(target), context, journal, answers.overrides)
            _check_tools(context, journal, answers.overrides)
            _check_safety(context, journal, answers.overrides)
        return drive(context, journal, answers)


def drive(context: Context, journal: Journal, answers: Answers) -> RunSummary:
    """Run to the end and write the report.

    Raises Interrupted or Refused when the run must wait; it can be resumed.
    """
    runner = Runner(context, journal, answers)
    try:
        result = runner.run()
        event = "completed" if result.result == "passed" else "failed"
        elapsed = f"{result.seconds:.0f} s"
        fields = {"result": result.result, "text": result.detail, "elapsed": elapsed}
        context.notify(event, fields | ({"from": "its forward fix"} if runner.state.past_point_of_no_return else {}))
    finally:
        report = _report(context)
    is_over = result.result == "passed" and runner.state.started["mode"] == "execute"
    windows = context.plan.watch_after if is_over else ()
    return RunSummary(run=context.run, folder=context.folder, report=report, result=result, windows=windows)


def _report(context: Context) -> Path:
    """Write the report; a report that cannot be written never changes how the run ended."""
    from rollback_gov.commands.report import REPORT, write_incident

    try:
        return write_incident(context.folder)[0]
    except Exception as error:
        context.console.say(f"  the report could not be written: {error}")
        context.console.say(f"  again: rollback-gov report incident {context.run}")
        return context.folder / REPORT


def check_executable(plan: Plan, choices: Choices, folder: Path) -> None:
    """See that this version can run every step of the way. Raises UsageError before anything has happened."""
    legs = (*plan_itinerary(plan, choices).legs, *plan_itinerary(plan, Choices(), forward_fix=True).legs)
    for leg in legs:
        for way in leg.ways:
            for path, step in leg.steps(way):
                try:
                    action_module(step.action)
                except UsageError as error:
                    raise UsageError(f"{folder}: step {path}: {error}", hint=error.hint) from None


def _check_unfinished(unfinished: str, context: Context, journal: Journal, overrides: Mapping[str, str]) -> None:
    if unfinished:
        message = f"the run {unfinished} of this operation has begun and not ended; `resume` goes on with it."
        insist(context, journal, "unfinished-run", message, overrides)


def _check_permit(target: Target, context: Context, journal: Journal, overrides: Mapping[str, str]) -> None:
    """Ask for the permit. A rollback without one goes on: the gate was for the deployment."""
    allowed, reasons, permit = _permit_verdict(target, context)
    data = {"allowed": allowed, "reasons": [{"code": code, "message": text} for code, text in reasons]}
    journal.append("permit.checked", {**data, "permit": permit})
    if allowed:
        context.console.say("  permit: valid")
        return
    context.console.say("  WARNING: there is no valid permit; the rollback goes on and this is recorded for review")
    for _, text in reasons:
        context.console.say(f"    - {text}")
    why = overrides.get("permit", "a rollback is never stopped by a missing permit")
    journal.append("override", {"check": "permit", "reason": why, "by": context.person})


def _permit_verdict(target: Target, context: Context) -> tuple[bool, list[tuple[str, str]], str]:
    """Verify the permit. Whatever breaks in here says that there is none: it never stops a rollback."""
    try:
        from rollback_gov.commands.permit import check_permit

        now, given = context.clock.now(), target.values
        verdict = check_permit(target.workspace, target.loaded, target.environment, now, given)
    except Exception as error:
        detail = "; ".join([str(error), *getattr(error, "reasons", ())])
        return False, [("not-verifiable", f"The permit could not be verified: {detail}")], ""
    reasons = [(str(reason.code), reason.message) for reason in verdict.reasons]
    return verdict.allowed, reasons, verdict.permit_sha256


def _check_tools(context: Context, journal: Journal, overrides: Mapping[str, str]) -> None:
    path = context.environ.get("PATH", "")
    missing = [tool for tool in context.plan.tools if shutil.which(tool, path=path) is None]
    if missing:
        message = f"the plan needs {', '.join(missing)}, which is not on PATH."
        insist(context, journal, "tools", message, overrides)


def _check_safety(context: Context, journal: Journal, overrides: Mapping[str, str]) -> None:
    from rollback_gov.execution.outcome import Verdict
    from rollback_gov.execution.probe import answer, describe

    for check in context.plan.safety_checks:
        verdict, results = answer(context, check, name=f"safety-{check.id}")
        if verdict is not Verdict.PASSED:
            message = f"safety check '{check.id}' {verdict.value}: {describe(results)}."
            insist(context, journal, "safety", message, overrides)


def _check_unchanged(
    target: Target, context: Context, journal: Journal, started: Mapping[str, Any], overrides: Mapping[str, str]
) -> None:
    from rollback_gov.records.digests import digests

    now = digests(context.plan, target.loaded.files).executable
    if now != started["digests"]["executable"]:
        message = "what the plan runs has changed since the run began."
        insist(context, journal, "plan-changed", message, overrides)


def started_of(events: tuple[Event, ...], folder: Path) -> Mapping[str, Any]:
    """Give the data of ``run.started``. Raises UsageError for a journal that never got that far."""
    for event in events:
        if event.type == "run.started":
            return event.data
    raise Refused(f"The run in {folder} never started; there is nothing to go on with.")


def target_of(started: Mapping[str, Any], given: Mapping[str, str]) -> Target:
    """Read a run's plan again, with the values that it began with; ``given`` go before them."""
    loaded = load_plan(Path(started["plan_file"]))
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
