"""Sentences that several formats share."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Waived
from rollback_gov.outputs.result import WEIGHTS, CheckedPlan, Summary


def counted(number: int, noun: str) -> str:
    """Give "1 plan" or "3 plans"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def total(summary: Summary) -> str:
    """Give "2 plans: 1 error, 3 warnings, 1 waived." or that nothing was found."""
    if not summary.plans and not summary.findings and not summary.unchanged:
        where = f" under {', '.join(summary.searched)}" if summary.searched else ""
        return f"There is no plan to check{where}."
    numbers = [(severity, summary.count(severity)) for severity in WEIGHTS]
    parts = [counted(number, severity.value) for severity, number in numbers if number]
    parts += [f"{summary.waived} waived"] if summary.waived else []
    return f"{counted(summary.plans, 'plan')}: {', '.join(parts) or 'no findings'}."


def closing(summary: Summary) -> Iterator[str]:
    """Give the last sentences: what is to be known of the check, old debt, and the total."""
    yield from summary.remarks
    if summary.debt:
        age = counted(summary.oldest_debt, "day")
        yield f"Accepted debt: {counted(summary.debt, 'finding')}, the oldest for {age}."
    yield total(summary)


def standing(plan: CheckedPlan) -> str:
    """Give the closing sentence of one file: required and achieved level, and what stands between."""
    if not plan.usable:
        return "cannot be used as a plan until this is mended"
    achieved = f"achieved level {plan.achieved}" if plan.achieved else "achieved no level"
    between = f" ({', '.join(plan.between)} {_stand(plan.between)} between)" if plan.between else ""
    return f"required level {plan.required}, {achieved}{between}"


def _stand(codes: tuple[str, ...]) -> str:
    return "stands" if len(codes) == 1 else "stand"


def weight(finding: Finding) -> str:
    """Give the finding's severity, or that it is waived."""
    return "waived" if finding.waived else finding.severity.value


def acceptance(waived: Waived) -> str:
    """Say who accepted a finding, until when, and why."""
    ticket = f" ({waived.ticket})" if waived.ticket else ""
    kind = "accepted as debt" if waived.debt else "accepted"
    return f"{kind} by {waived.approved_by} until {waived.expires}: {waived.reason}{ticket}"


def printable(text: str) -> str:
    """Show control characters rather than send them to a terminal or a log: text of a plan is not to be trusted.

    ``##[`` begins a command of a GitHub runner wherever it stands in a line.
    """
    shown = text if text.isprintable() else "".join(map(_shown, text))
    return shown.replace("##[", "# #[")


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character in "\t\n\r" else f"\\u{{{ord(character):x}}}"
