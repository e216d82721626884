"""Phases and their steps, one instruction after the other."""

from __future__ import annotations

from collections.abc import Callable

from rollback_gov.execution.asking import NO, Prompt
from rollback_gov.execution.named_questions import BY_HAND, about
from rollback_gov.execution.next import AskByHand, BeginPhase, EndPhase, Instruction, RunStep, SettleStep
from rollback_gov.execution.question import APPROVED, DENIED, Asked, Said
from rollback_gov.execution.run import Run
from rollback_gov.execution.sla import human, projected
from rollback_gov.execution.waiting import Wait


def begin_phase(run: Run, instruction: BeginPhase) -> None:
    """Enter a phase or its next alternative, and say where the run stands against its SLA."""
    leg, way = instruction.leg, instruction.way
    data = {"phase": leg.path, "title": leg.phase.title, "alternative": way.id}
    run.record("phase.started", {**data, "budget_seconds": leg.budget_seconds})
    legs, elapsed = run.itinerary.legs, run.pace.watch.elapsed
    to_come = legs[legs.index(leg) :] if leg in legs else ()
    verification = run.context.plan.verification.budget
    end = projected(elapsed, to_come, verification.seconds if verification else 0)
    option = f" (option {way.id})" if way.id else ""
    run.say(f"{leg.phase.title}{option}  [{human(elapsed)} of {human(run.pace.sla_seconds)}, done by {human(end)}]")
    run.pace.entered(leg.phase.title)


def run_step(run: Run, instruction: RunStep) -> None:
    """Begin an attempt of a step and see it through."""
    run.say(f"  {instruction.step.title}")
    stem = f"{instruction.leg.phase.id}/{instruction.step.id}"
    skipped = run.choices.skip.get(stem, "") if instruction.path.startswith("phases/") else ""
    run.steps.run(instruction, skipped=skipped)
    after_step(run, instruction)


def settle_step(run: Run, instruction: SettleStep) -> None:
    """Find out what became of an attempt without an end."""
    interrupted = run.state.step(instruction.path).result == "interrupted"
    run.settling.settle(instruction, interrupted=interrupted)
    after_step(run, instruction)


def after_step(run: Run, instruction: RunStep | SettleStep) -> None:
    """Say what came of it. Raises Interrupted where the run was asked to stop meanwhile."""
    run.catch_up()
    step = run.state.step(instruction.path)
    if step.result == "interrupted" and step.is_open and not run.pace.timed_out:
        run.stop()
    if step.result in ("failed", "timeout", "denied"):
        run.say(f"  {instruction.step.title}: {step.result.upper()} {step.detail.removeprefix('denied ')}".rstrip())
    elif step.result in ("not_needed", "skipped"):
        run.say(f"  {instruction.step.title}: {step.result.replace('_', ' ')}")


def ask_by_hand(run: Run, instruction: AskByHand, *, otherwise: Callable[[Instruction], None]) -> None:
    """Ask a person to do what failed. ``otherwise`` goes on when nobody does."""
    ask = f"{instruction.step.title} failed: do it by hand. Done?"
    asked = Asked(path=f"{BY_HAND}{instruction.path}", ask=ask, patience=run.context.patience)
    prompt = Prompt(run.context, f"{ask} (your name, or 'no')", _whoever_did_it)
    said = Wait(run.context, run.record, asked, prompt).answer()
    if said is None:
        return  # whoever resumes the run is asked again
    if said.decision != APPROVED:
        otherwise(instruction.otherwise)
        return
    reason = f": {said.reason}" if said.reason else ""
    data = {"step": instruction.path, "attempt": instruction.attempt, "result": "by_hand", "exit": None}
    rest = {"seconds": 0.0, "checks": [], "tries": 1, "stdout": "", "stderr": "", "recovered": ""}
    run.record("step.finished", {**data, **rest, "detail": f"done by {said.by}{reason}"})


def _whoever_did_it(name: str) -> Said:
    return Said(DENIED) if name.lower() in NO else Said(APPROVED, name)


def end_phase(run: Run, instruction: EndPhase) -> None:
    """Leave a phase, and hold its time against its budget."""
    path = instruction.leg.path
    seconds = run.phase_seconds(path)
    data = {"phase": path, "alternative": instruction.way.id, "result": instruction.result}
    run.record("phase.finished", {**data, "seconds": seconds, "gate_seconds": _gate_seconds(run, path)})
    run.pace.breach(path, instruction.leg.budget_seconds, seconds)
    run.say(f"  {instruction.result} in {human(seconds)}")


def _gate_seconds(run: Run, path: str) -> float:
    gates = (event.data for event in run.journal.events if event.type == "gate.decided")
    return round(sum(float(gate["seconds"]) for gate in gates if f"{about(gate['step'])}/".startswith(f"{path}/")), 3)
