"""RG305, RG306: triggers that never fire, and triggers that always do."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding
from rollback_gov.model.trigger import Trigger
from rollback_gov.policy.conditions import conditions, value_range, verdict
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Path, Subject


@rule(
    "RG305",
    "A trigger that can never fire",
    from_level=2,
    warn_from=1,
    page=Page(
        what="The threshold lies outside of what the value can be: a share above 5 (where 5 % was meant), a rate below "
        "0, a health check above 1.",
        why="It looks like protection and is none.",
        bad="triggers:\n  - id: errors\n    query: {source: prometheus, expr: "
        '\'sum(rate(http_total{code=~"5.."}[5m])) / '
        "sum(rate(http_total[5m]))'}\n    above: 5\n    for: 2m",
        good="triggers:\n  - id: errors\n    query: {source: prometheus, expr: "
        '\'sum(rate(http_total{code=~"5.."}[5m])) '
        "/ sum(rate(http_total[5m]))'}\n    above: 5%\n    for: 2m",
    ),
)
def never_fires(subject: Subject) -> Iterator[Finding]:
    """Compare thresholds with the range of the value."""
    for path, trigger, condition_key, said in _verdicts(subject, wanted=False):
        message = f"Trigger '{trigger.id}' can never fire: its value is {said}."
        yield subject.finding((*path, condition_key), message, "Write a share as `5%` or `0.05`, or correct the query.")


@rule(
    "RG306",
    "A trigger that always fires",
    from_level=2,
    warn_from=1,
    page=Page(
        what="Every value that the query can have passes the threshold: a rate of at least 0, a health check below 2.",
        why="It rolls back what is healthy, or is switched off after the first night.",
        bad="triggers:\n  - {id: down, query: {source: health, url: 'http://shop/health'}, below: 2, count: 3}",
        good="triggers:\n  - {id: down, query: {source: health, url: 'http://shop/health'}, below: 1, count: 3}",
    ),
)
def always_fires(subject: Subject) -> Iterator[Finding]:
    """Compare thresholds with the range of the value."""
    for path, trigger, condition_key, said in _verdicts(subject, wanted=True):
        message = f"Trigger '{trigger.id}' always fires: its value is {said}."
        yield subject.finding((*path, condition_key), message, "Correct the threshold or the query.")


def _verdicts(subject: Subject, *, wanted: bool) -> Iterator[tuple[Path, Trigger, str, str]]:
    for index, trigger in enumerate(subject.plan.triggers):
        found = list(conditions(trigger))
        verdicts = [verdict(trigger, condition) for condition in found]
        hit = all(verdict is True for verdict in verdicts) and bool(verdicts) if wanted else False in verdicts
        if hit:
            condition = found[verdicts.index(wanted)]
            within = value_range(trigger, condition)
            said = (
                f"between {within.low:g} and {within.high:g}"
                if within.high < float("inf")
                else f"never below {within.low:g}"
            )
            yield ("triggers", index), trigger, condition.key, said
