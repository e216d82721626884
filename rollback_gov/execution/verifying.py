"""Verification: what "rolled back" means, check by check, and the moment at which the clock stops."""

from __future__ import annotations

from rollback_gov.execution.checks import run_check
from rollback_gov.execution.itinerary import VERIFICATION
from rollback_gov.execution.next import EndVerification, RunCheck
from rollback_gov.execution.run import Run
from rollback_gov.execution.sla import human


def evaluate_check(run: Run, instruction: RunCheck) -> None:
    """Evaluate one check and write down what it saw."""
    _begin(run)
    data = run_check(run.context, instruction.check)
    if run.context.stop.requested and data["result"] != "passed":
        return  # cut off, which says nothing; whoever resumes the run evaluates it again
    run.record("check.finished", data)
    if data["result"] == "passed":
        run.say(f"  {data['title']}: ok  ({data['observed']})")
    else:
        run.say(f"  {data['title']}: {data['result'].upper()}  (expected {data['expected']}, saw {data['observed']})")


def end_verification(run: Run, instruction: EndVerification) -> None:
    """Close the verification. A rollback that is verified has reached the end of its SLA."""
    _begin(run)
    seconds = run.phase_seconds(VERIFICATION)
    result = "passed" if instruction.passed else "failed"
    data = {"phase": VERIFICATION, "alternative": "", "result": result}
    run.record("phase.finished", {**data, "seconds": seconds, "gate_seconds": 0.0})
    run.pace.breach(VERIFICATION, _budget(run), seconds)
    if instruction.passed:
        elapsed = run.pace.watch.elapsed
        run.pace.breach("total", run.pace.sla_seconds, elapsed)
        gates = round(run.state.gate_seconds, 3)
        run.record("run.verified", {"seconds": round(elapsed, 3), "gate_seconds": gates})


def _begin(run: Run) -> None:
    if not run.state.phase(VERIFICATION).tried:
        data = {"phase": VERIFICATION, "title": "Verification", "alternative": ""}
        run.record("phase.started", {**data, "budget_seconds": _budget(run)})
        run.say(f"Verification  [{human(run.pace.watch.elapsed)} of {human(run.pace.sla_seconds)}]")
        run.catch_up()


def _budget(run: Run) -> float:
    budget = run.context.plan.verification.budget
    return budget.seconds if budget else 0
