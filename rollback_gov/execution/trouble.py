"""When a phase has failed for good: the plan's troubleshooting with a person, and the last resort by decision only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rollback_gov.execution.asking import NO, Prompt
from rollback_gov.execution.itinerary import Leg
from rollback_gov.execution.named_questions import HELP, LAST_RESORT
from rollback_gov.execution.next import OfferHelp, OfferLastResort, RunStep, SettleStep
from rollback_gov.execution.phases import after_step
from rollback_gov.execution.probe import ask
from rollback_gov.execution.question import APPROVED, DEADLINE, DENIED, Asked, Said
from rollback_gov.execution.run import Run
from rollback_gov.execution.waiting import Wait, choose
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
    while (said := _asked(run, instruction.leg, remedies)) and said.decision not in (_AGAIN, _STOP, DEADLINE):
        _apply(run, instruction.leg, remedies[int(said.decision) - 1])
    if said is None:
        return  # whoever resumes the run is asked again
    if said.decision == _AGAIN:
        data = {"step": instruction.path, "attempt": run.state.step(instruction.path).attempt}
        run.record("step.settled", {**data, "how": "person", "outcome": "run_again", "by": said.by})
    else:
        run.record("help.closed", {"phase": instruction.leg.path, "by": said.by})


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
        if run.context.console.interactive or run.context.patience:
            outcome = ask(run.context, probe, name=f"look-{number}")
            run.context.console.stream(run.context.masker.text(outcome.stdout + outcome.stderr or outcome.detail))


def _asked(run: Run, leg: Leg, remedies: Sequence[_Remedy]) -> Said | None:
    numbers = tuple(str(number) for number in range(1, len(remedies) + 1))
    names = "; ".join(f"{number} {remedy.step.title}" for number, remedy in zip(numbers, remedies, strict=True))
    known = f"a number runs that remedy ({names}), " if remedies else ""
    words = f"'{_AGAIN}' tries the failed step again, '{_STOP}' gives the phase up"
    ask = f"{leg.phase.title} failed. What now? {known}{words}"
    choices = (*numbers, _AGAIN, _STOP)
    asked = Asked(path=f"{HELP}{leg.path}", ask=ask, choices=choices, patience=run.context.patience)
    return choose(run.context, run.record, asked, ask, {choice: choice for choice in choices})


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
    asks = run.state.started.get("mode") != "rehearse"
    said = _asked_for_last_resort(run, names) if asks else Said(DENIED)
    if said is None:
        return  # whoever resumes the run is asked again
    if said.decision == DEADLINE:
        run.say("    nobody is there to decide; it begins with: rollback-gov execute … --last-resort REASON")
    taken = said.decision == APPROVED
    run.record("last_resort.decided", {"taken": taken, "by": said.by, "reason": said.reason})


def _asked_for_last_resort(run: Run, names: str) -> Said | None:
    def understand(typed: str) -> Said:
        return Said(DENIED, person) if typed.lower() in NO else Said(APPROVED, person, typed)

    person = run.context.person
    asked = Asked(path=LAST_RESORT, ask=f"Begin the last resort ({names})?", patience=run.context.patience)
    prompt = Prompt(run.context, "Begin the last resort? Write the reason (empty: no)", understand)
    return Wait(run.context, run.record, asked, prompt).answer()
