"""RG112: how one decides to roll back."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import LEVEL, Subject


@rule(
    "RG112",
    "There are no decision criteria",
    from_level=3,
    page=Page(
        what="From level 3 on a plan needs `triggers`: the metrics and thresholds that mean a rollback.",
        why="The time between the first sign and the decision is mostly the longest part of an outage. Criteria that "
        "were agreed before need no discussion.",
        bad="metadata: {level: 3}\n# no triggers",
        good="triggers:\n  - id: error-rate\n    query: {source: prometheus, expr: 'job:errors:ratio5m'}\n"
        "    above: 1%\n    for: 2m",
    ),
)
def no_triggers(subject: Subject) -> Iterator[Finding]:
    """Ask for them."""
    if not subject.plan.triggers:
        yield subject.finding(
            LEVEL,
            "The plan does not say when to roll back: it has no triggers.",
            "Add `triggers:` with the metrics and thresholds that mean a rollback.",
        )
