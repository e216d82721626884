"""Has the point of no return been passed? Detected, not assumed; unknown is a person's to say."""

from __future__ import annotations

from rollback_gov.execution.context import Context
from rollback_gov.execution.interruption import interrupt
from rollback_gov.execution.named_questions import POINT_OF_NO_RETURN
from rollback_gov.execution.outcome import Verdict, telling
from rollback_gov.execution.probe import decide, describe
from rollback_gov.execution.question import DEADLINE, YES_AND_NO, Asked, Said
from rollback_gov.execution.task import Recorder
from rollback_gov.execution.waiting import choose
from rollback_gov.model.errors import Refused
from rollback_gov.model.plan import PointOfNoReturn

_WORDS = {Verdict.PASSED: "yes", Verdict.FAILED: "no"}


def detect(context: Context, record: Recorder, given: str) -> tuple[str, str, str]:
    """Give ``yes`` or ``no``, what was seen, and who said so (empty: the machine).

    Raises Refused when it is passed and the plan has no forward fix, or when it is unknown and nobody says;
    Interrupted when the run is to stop.
    """
    point = context.plan.point_of_no_return
    assert point is not None
    passed, detail = look(context, point)
    by = ""
    if passed == "unknown":
        question = (point.passed_when.ask if point.passed_when else "") or f"Is this passed: {point.description}?"
        said = Said(given, context.person) if given else _ask(context, record, question)
        passed, by = said.decision, said.by
    if passed == "yes" and not point.forward_fix:
        raise Refused(
            f"The point of no return is passed ({point.description}) and the plan has no forward fix.",
            reasons=(detail,) if detail else (),
            hint="Going back is impossible; decide on a fix by hand.",
        )
    return passed, detail, by


def look(context: Context, point: PointOfNoReturn) -> tuple[str, str]:
    """Give ``yes``, ``no`` or ``unknown`` as it can be detected, and what was seen."""
    if point.passed_when is None or point.passed_when.ask:
        return "unknown", ""
    verdict, results = decide(context, point.passed_when, name="point-of-no-return")
    return _WORDS.get(verdict, "unknown"), describe(telling(results))


def _ask(context: Context, record: Recorder, question: str) -> Said:
    asked = Asked(path=POINT_OF_NO_RETURN, ask=question, choices=("yes", "no"), patience=context.patience)
    said = choose(context, record, asked, f"{question} (yes/no)", YES_AND_NO)
    if said is None:
        interrupt(context, record)
    if said.decision == DEADLINE:
        raise Refused(
            "Nobody knows whether the point of no return was passed, and a person has to say.",
            hint=f"{question} Then: --point-of-no-return yes|no",
        )
    return said
