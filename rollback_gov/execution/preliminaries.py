"""What comes before the first phase: the checklist, the point of no return, the baseline, the captures."""

from __future__ import annotations

from rollback_gov.execution.checklist import ask_checklist
from rollback_gov.execution.next import AskChecklist, CheckBaseline, CheckPointOfNoReturn, TakeCaptures
from rollback_gov.execution.override import insist
from rollback_gov.execution.point_of_no_return import detect
from rollback_gov.execution.run import Run


def tick_off(run: Run, instruction: AskChecklist) -> None:
    """Go through a checklist with whoever is there."""
    ask_checklist(run.context, run.journal, moment=instruction.moment, items=instruction.items)


def check_point_of_no_return(run: Run, _: CheckPointOfNoReturn) -> None:
    """Find out whether going back is still possible."""
    passed, detail, by = detect(run.context, run.record, run.answers.point_of_no_return)
    run.record("point_of_no_return.checked", {"passed": passed, "detail": detail, "by": by})
    run.say(f"  point of no return passed: {passed}" + (f" ({detail})" if detail else ""))
    if passed == "yes":
        run.say("  the forward fix takes the place of the guarded phases")


def verify_baseline(run: Run, instruction: CheckBaseline) -> None:
    """Hold what was kept before the change against its checksums, before anything is destroyed."""
    from rollback_gov.execution.saving import check_baseline

    bad = []
    for item in instruction.missing:
        result, digest = check_baseline(run.context.baseline_folder, item)
        run.record("baseline.checked", {"id": item.id, "result": result, "file": item.save, "sha256": digest})
        if result != "intact" and item.required:
            bad.append(f"{item.id} is {result}")
        elif result != "intact":
            run.record("warning", {"message": f"baseline {item.id} is {result}"})
    if bad:
        message = f"the baseline is not what was kept before the change: {', '.join(bad)}."
        insist(run.context, run.journal, "baseline", message, run.answers.overrides)
    elif instruction.missing:
        run.say(f"  baseline: {len(instruction.missing)} checked")


def take_captures(run: Run, instruction: TakeCaptures) -> None:
    """Keep the state of this moment; what cannot be kept is a warning."""
    from rollback_gov.execution.saving import save_all

    budget = run.context.plan.capture.budget.seconds
    folder = run.context.folder / "captures"
    for kept in save_all(run.context, instruction.items, folder, seconds=budget, masked=True):
        file = f"captures/{kept.file}" if kept.file else ""
        data = {"id": kept.id, "result": kept.result, "file": file, "sha256": kept.sha256}
        run.record("capture.finished", {**data, "seconds": kept.seconds, "detail": kept.detail})
        run.say(f"  capture {kept.id}: {kept.result}" + (f" ({kept.detail})" if kept.detail else ""))
