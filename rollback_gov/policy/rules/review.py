"""RG170: plans that nobody has looked at for too long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject

PATH = ("metadata", "review_by")


@rule(
    "RG170",
    "The review is overdue",
    severity=Severity.WARNING,
    page=Page(
        what="The date under `metadata.review_by` has passed, or is not a date of the calendar.",
        why="Systems change, and a plan that nobody looks at describes one that is gone.",
        bad="metadata: {review_by: 2020-01-31}",
        good="metadata: {review_by: 2099-12-31}",
    ),
)
def overdue(subject: Subject) -> Iterator[Finding]:
    """Compare with today."""
    text = subject.plan.metadata.review_by
    if not text:
        return
    try:
        due = date.fromisoformat(text)
    except ValueError:
        yield subject.finding(PATH, f"'{text}' is not a date of the calendar.", "Write it as YYYY-MM-DD.")
        return
    late = (subject.today - due).days
    if late > 0:
        days = "1 day" if late == 1 else f"{late} days"
        yield subject.finding(
            PATH, f"The review was due on {text}, {days} ago.", "Look at the plan again, and set the next date."
        )
