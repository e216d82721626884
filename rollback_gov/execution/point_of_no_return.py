"""Has the point of no return been passed? Detected, not assumed; unknown is a person's to say."""

from __future__ import annotations

from rollback_gov.execution.asking import ask_yes_no
from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Verdict, telling
from rollback_gov.execution.probe import decide, describe
from rollback_gov.model.errors import Refused

_WORDS = {Verdict.PASSED: "yes", Verdict.FAILED: "no"}


def detect(context: Context, given: str) -> tuple[str, str, str]:
    """Give ``yes`` or ``no``, what was seen, and who said so (empty: the machine).

    Raises Refused when it is passed and the plan has no forward fix, or when it is unknown and nobody can be asked.
    """
    point = context.plan.point_of_no_return
    assert point is not None
    passed, detail, by = "unknown", "", ""
    if point.passed_when is not None and not point.passed_when.ask:
        verdict, results = decide(context, point.passed_when, name="point-of-no-return")
        passed, detail = _WORDS.get(verdict, "unknown"), describe(telling(results))
    if passed == "unknown":
        question = (point.passed_when.ask if point.passed_when else "") or f"Is this passed: {point.description}?"
        passed, by = given or _ask(context, question), context.person
    if passed == "yes" and not point.forward_fix:
        raise Refused(
            f"The point of no return is passed ({point.description}) and the plan has no forward fix.",
            reasons=(detail,) if detail else (),
            hint="Going back is impossible; decide on a fix by hand.",
        )
    return passed, detail, by


def _ask(context: Context, question: str) -> str:
    said = ask_yes_no(context, question)
    if said is None:
        raise Refused(
            "Nobody knows whether the point of no return was passed, and a person has to say.",
            hint=f"{question} Then: --point-of-no-return yes|no",
        )
    return "yes" if said else "no"
