"""RG316: triggers that count one sample several times."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.model.trigger import Trigger
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject
from rollback_gov.policy.trigger_queries import ERRORS, asked, example

USUAL_SCRAPE = 60.0
"""Prometheus' own `scrape_interval` where nobody sets one, in seconds."""


@rule(
    "RG316",
    "One sample is counted several times",
    severity=Severity.WARNING,
    page=Page(
        what="A trigger counts readings (`count`, `window`) of an expression that computes, more often than Prometheus "
        "scrapes unless it is told otherwise (once a minute).",
        why="The answer to `sum(x)` has the time of the question and not that of the scrape, so nobody can see that it "
        "is made of the same samples as the one before: three readings within one scrape are three in a row. Only of a "
        "plain selector (`x{…}`) a sample is counted once.",
        bad=example(ERRORS, "above: 5\n    count: 3\n    every: 5s"),
        good=example(ERRORS, "above: 5\n    for: 2m\n    every: 5s"),
    ),
)
def counted_again(subject: Subject) -> Iterator[Finding]:
    """Look at what is counted, and how often it is read."""
    for path, trigger, expression in asked(subject.plan):
        from rollback_gov.policy.promql.expression import Selector, selectors

        every = trigger.every or subject.plan.watch.every
        computed = not isinstance(expression, Selector) and any(selectors(expression))
        if _counts(trigger) and computed and every.seconds < USUAL_SCRAPE:
            key = "count" if trigger.count else "more_than"
            message = f"Trigger '{trigger.id}' may count one sample several times: it is read every {every}."
            hint = "Say `for:` and how long it has to hold, or `every:` no shorter than Prometheus' scrapes."
            yield subject.finding((*path[:2], key), message, hint)


def _counts(trigger: Trigger) -> bool:
    return (trigger.count or 0) > 1 or (trigger.window is not None and (trigger.more_than or 0) > 0)
