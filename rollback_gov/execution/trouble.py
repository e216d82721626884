"""When a phase has failed for good: the plan's troubleshooting with a person, and the last resort by decision only."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.execution.asking import ask_person
from rollback_gov.execution.itinerary import Leg
from rollback_gov.execution.next import OfferHelp, OfferLastResort, RunStep, SettleStep
from rollback_gov.execution.phases import after_step
from rollback_gov.execution.probe import ask
from rollback_gov.execution.run import Run
from rollback_gov.model.plan import Trouble
from rollback_gov.model.record import Record
from rollback_gov.model.step import Step

_AGAIN, _STOP = "again", "stop"


class _Remedy(Record, kw_only=False):
    """A remedy and its step path, ``troubleshooting/PHASE/NUMBER/STEP``."""

    path: str
    step: Step


def offer_help(run: Run, instruction: OfferHelp) -> None:
    """Show what the plan says about such a failure. A person confirms each remedy and decides what follows.

    Nobody there: it is shown, and the phase has failed.
    """
    remedies = tuple(_shown(run, instruction.leg.phase.id))
    while (said := _asked(run, len(remedies))) not in (_AGAIN, _STOP, None):
        _apply(run, instruction.leg, remedies[int(said or 0) - 1])
    if run.context.stop.requested:
        return  # whoever resumes the run is asked again
    by = run.context.person if said else ""
    if said == _AGAIN:
        data = {"step": instruction.path, "attempt": run.state.step(instruction.path).attempt}
        run.record("step.settled", {**data, "how": "person", "outcome": "run_again", "by": by})
    else:
        run.record("help.closed", {"phase": instruction.leg.path, "by": by})


def _shown(run: Run, phase: str) -> Iterator[_Remedy]:
    number = 0
    for index, trouble in enumerate(run.context.plan.troubleshooting):
        if trouble.phase != phase:
            continue
        run.say(f"  troubleshooting: {trouble.when or ', '.join(trouble.symptoms)}")
        _look(run, trouble)
        for step in trouble.remedies:
            number += 1
            run.say(f"    remedy {number}: {step.title}" + (" (destructive)" if step.destructive else ""))
            yield _Remedy(f"troubleshooting/{phase}/{index}/{step.id}", step)


def _look(run: Run, trouble: Trouble) -> None:
    """Run what the plan says to look at, where somebody is there to look."""
    for number, probe in enumerate(trouble.investigate):
        run.say(f"    look: {probe.name or probe.run}")
        if run.context.console.interactive:
            outcome = ask(run.context, probe, name=f"look-{number}")
            run.context.console.stream(run.context.masker.text(outcome.stdout + outcome.stderr or outcome.detail))


def _asked(run: Run, count: int) -> str | None:
    numbers = {str(number) for number in range(1, count + 1)}
    remedies = "a number runs that remedy, " if count else ""
    question = f"What now? {remedies}'{_AGAIN}' tries the failed step again, '{_STOP}' gives the phase up"
    return ask_person(run.context, question, lambda said: said if said in numbers | {_AGAIN, _STOP} else None)


def _apply(run: Run, leg: Leg, remedy: _Remedy) -> None:
    """Run a remedy like any other step; one that a crash cut off is settled first."""
    state = run.state.step(remedy.path)
    if state.is_open:
        settle = SettleStep(leg, remedy.path, remedy.step, state.attempt)
        run.settling.settle(settle, interrupted=state.result == "interrupted")
        after_step(run, settle)
        if run.state.step(remedy.path).settled != "run_again":
            return
    step = RunStep(leg, remedy.path, remedy.step, state.attempt + 1)
    run.steps.run(step)
    after_step(run, step)
    run.say(f"    {remedy.step.title}: {run.state.step(remedy.path).result.replace('_', ' ')}")


def offer_last_resort(run: Run, _: OfferLastResort) -> None:
    """Ask whether to go on with the last resort. Only a person's word begins it; a rehearsal never does."""
    names = ", ".join(phase.title for phase in run.context.plan.last_resort)
    run.say(f"  last resort, by explicit decision only: {names}")
    question = "Begin the last resort? Write the reason (empty: no)"
    asks = run.state.started.get("mode") != "rehearse"
    reason = ask_person(run.context, question, str) if asks else None
    if run.context.stop.requested:
        return  # whoever resumes the run is asked again
    by = run.context.person if reason is not None else ""
    taken = bool(reason) and (reason or "").lower() not in ("n", "no")
    if reason is None and asks:
        run.say("    nobody is there to decide; it begins with: rollback-gov execute … --last-resort REASON")
    run.record("last_resort.decided", {"taken": taken, "by": by, "reason": (reason or "") if taken else ""})
