"""Sentences that several formats share."""

from __future__ import annotations

from rollback_gov.outputs.result import WEIGHTS, CheckedPlan, ValidationResult


def counted(number: int, noun: str) -> str:
    """Give "1 plan" or "3 plans"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def total(result: ValidationResult) -> str:
    """Give "2 plans: 1 error, 3 warnings." or that nothing was found."""
    if not result.plans:
        where = f" under {', '.join(result.searched)}" if result.searched else ""
        return f"There is no plan to check{where}."
    numbers = [(severity, result.count(severity)) for severity in WEIGHTS]
    parts = [counted(number, severity.value) for severity, number in numbers if number]
    return f"{counted(len(result.plans), 'plan')}: {', '.join(parts) or 'no findings'}."


def standing(plan: CheckedPlan) -> str:
    """Give the closing sentence of one file: required and achieved level, and what stands between."""
    if not plan.usable:
        return "cannot be used as a plan until this is mended"
    achieved = f"achieved level {plan.achieved}" if plan.achieved else "achieved no level"
    between = f" ({', '.join(plan.between)} {_stand(plan.between)} between)" if plan.between else ""
    return f"required level {plan.required}, {achieved}{between}"


def _stand(codes: tuple[str, ...]) -> str:
    return "stands" if len(codes) == 1 else "stand"


def printable(text: str) -> str:
    """Show control characters rather than send them to a terminal or a log: text of a plan is not to be trusted."""
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    return " " if character in "\t\n\r" else f"\\u{{{ord(character):x}}}"
