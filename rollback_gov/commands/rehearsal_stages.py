"""The stages of a rehearsal around its rollback. Each is written down when it is over, and is not done again then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rollback_gov.commands.capture import keep_baseline
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.live_version import live_version
from rollback_gov.execution.outcome import CheckResult, Verdict
from rollback_gov.execution.probe import answer, describe
from rollback_gov.model.action import Probe
from rollback_gov.model.errors import Refused
from rollback_gov.model.plan import Injection
from rollback_gov.model.reason import RollbackReason

INJECTION_SECONDS = 300.0


def last(journal: Journal, type_: str) -> Mapping[str, Any] | None:
    """Give the data of the last event of a type; None where there is none."""
    return next((event.data for event in reversed(journal.events) if event.type == type_), None)


def deploy_once(context: Context, journal: Journal, *, goes_on: bool) -> None:
    """Keep the baseline before anything changes, and deploy; what is over already is not done again.

    Raises Refused when it cannot be done.
    """
    if last(journal, "rehearsal.baseline") is None:
        record_version(context, journal, "before")
        _keep_baseline(context, journal)
    if last(journal, "rehearsal.deployed") is None:
        if goes_on:
            _say_again(context, journal)
        _deploy(context, journal)
    if (last(journal, "rehearsal.version") or {}).get("moment") != "deployed":
        record_version(context, journal, "deployed")


def _say_again(context: Context, journal: Journal) -> None:
    message = "the rehearsal stopped before its change was known to be deployed; it is deployed now, perhaps again"
    journal.append("warning", {"message": message})
    context.console.say(f"  WARNING: {message}")


def record_version(context: Context, journal: Journal, moment: str) -> None:
    """Write down which version runs now."""
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


def await_failure(context: Context, journal: Journal, *, automatic: bool) -> RollbackReason:
    """Make the change fail and wait for the trigger, or decide by hand; a trigger that has fired fires no more."""
    fired = last(journal, "rehearsal.triggered")
    if fired is not None:
        return RollbackReason(text=fired["reason"], trigger=fired["trigger"], decided_by=context.person)
    injection = context.plan.rehearsal.simulate_failure if context.plan.rehearsal else None
    if injection is None or not automatic or not injection.expect_trigger:
        data = {"trigger": "", "how": "manual", "seconds": 0.0, "reason": "started by hand"}
        journal.append("rehearsal.triggered", data)
        return RollbackReason(text="rehearsal, started by hand", decided_by=context.person)
    if last(journal, "rehearsal.injected") is None:
        _inject(context, journal, injection)
    return _await_trigger(context, journal, injection)


def _inject(context: Context, journal: Journal, injection: Injection) -> None:
    verdict, results = _script(context, injection.run, "inject")
    if verdict is not Verdict.PASSED:
        message = f"The failure could not be injected: {describe(results)}."
        journal.append("warning", {"message": message})
        raise Refused(message)
    journal.append("rehearsal.injected", {"trigger": injection.expect_trigger, "detail": describe(results)})


def _script(context: Context, text: str, name: str) -> tuple[Verdict, tuple[CheckResult, ...]]:
    return answer(context, Probe(run=text), name=name)


def _await_trigger(context: Context, journal: Journal, injection: Injection) -> RollbackReason:
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


def clean_up(context: Context, journal: Journal) -> None:
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
