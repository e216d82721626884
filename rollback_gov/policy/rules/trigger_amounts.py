"""RG311 to RG313: triggers that count something else than they say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.condition import Condition
from rollback_gov.policy.conditions import conditions
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject
from rollback_gov.policy.trigger_queries import asked, example, metric_at, word_at


@rule(
    "RG311",
    "A rate is per second",
    severity=Severity.WARNING,
    page=Page(
        what="The expression is a `rate`, and the trigger's name, its rationale or its id speak of events in some "
        "minutes.",
        why="`rate(…[5m]) > 10` is ten a second, three thousand in five minutes: the trigger fires far too late, or "
        "never.",
        bad="triggers:\n  - id: breakers\n    name: More than ten trips in 5 minutes\n    query: {source: "
        "prometheus, expr: "
        "'sum(rate(trips_total[5m]))'}\n    above: 10\n    count: 1",
        good="triggers:\n  - id: breakers\n    name: More than ten trips in 5 minutes\n    query: {source: prometheus, "
        "expr: 'sum(increase(trips_total[5m]))'}\n    above: 10\n    count: 1",
    ),
)
def per_second(subject: Subject) -> Iterator[Finding]:
    """Compare the words with the function."""
    for path, trigger, _ in asked(subject.plan):
        from rollback_gov.policy.promql.shape import absolute_rate

        words = f"{trigger.name} {trigger.rationale}".lower()
        said = re.search(r"\b(?:in|per|within|an?|every)\s+(?:\w+\s+)?(?:minutes?|hours?)\b", words)
        for condition in conditions(trigger):
            value = condition.value
            if said and value is not None and absolute_rate(value) and (condition.number or 0) >= 1:
                message = f"Trigger '{trigger.id}' speaks of '{said[0]}', and `rate` counts per second."
                yield subject.finding(path, message, "Use `increase(…)` over that time.", span=word_at(trigger, "rate"))


@rule(
    "RG312",
    "Amounts of groups of different size",
    severity=Severity.WARNING,
    page=Page(
        what="Events per second of one version are compared with those of another one, as they are: not per request.",
        why="A canary with five percent of the traffic always has less than half of the baseline's throughput: the "
        "trigger is true from the first minute on.",
        bad="triggers:\n  - id: throughput\n    query: {source: prometheus, expr: "
        "'sum(rate(done_total{version=\"canary\"}[5m]))'}\n    below: {query: {source: prometheus, expr: "
        "'sum(rate(done_total{version=\"baseline\"}[5m]))'}, times: 0.5}\n    for: 5m",
        good="triggers:\n  - id: throughput\n    query: {source: prometheus, expr: "
        '\'sum(rate(done_total{version="canary"}[5m])) / sum(rate(requests_total{version="canary"}[5m]))\'}\n'
        '    below: {query: {source: prometheus, expr: \'sum(rate(done_total{version="baseline"}[5m])) / '
        'sum(rate(requests_total{version="baseline"}[5m]))\'}, times: 0.5}\n    for: 5m',
    ),
)
def different_sizes(subject: Subject) -> Iterator[Finding]:
    """Look at both sides of a comparison."""
    for path, trigger, _ in asked(subject.plan):
        for condition in conditions(trigger):
            if _same_metric_other_group(condition):
                message = (
                    f"Trigger '{trigger.id}' compares amounts of two groups that may get different shares of traffic."
                )
                hint = "Divide both sides by the requests that each group gets."
                yield subject.finding(path, message, hint, span=(0, len(trigger.query.expr)))


def _same_metric_other_group(condition: Condition) -> bool:
    if condition.value is None or condition.against is None:
        return False
    from rollback_gov.policy.promql.shape import absolute_rate

    one, two = absolute_rate(condition.value), absolute_rate(condition.against)
    return one is not None and two is not None and one.metric == two.metric and one.matchers != two.matchers


@rule(
    "RG313",
    "The first event is not seen",
    severity=Severity.WARNING,
    page=Page(
        what="`increase(counter[…])` is to fire at the first event (`above: 0`), and nothing stands in for a series "
        "that is born with it.",
        why="A counter that appears with the value 1 has no sample before it, and its increase is 0: the first event, "
        "which is the one that matters, is not seen.",
        bad=example("sum(increase(corrupt_records[5m]))", "above: 0\n    count: 1"),
        good=example(
            "sum((corrupt_records unless corrupt_records offset 5m) or increase(corrupt_records[5m]))",
            "above: 0\n    count: 1",
        ),
    ),
)
def first_event(subject: Subject) -> Iterator[Finding]:
    """Look at triggers that fire at one event."""
    for path, trigger, _ in asked(subject.plan):
        for condition in conditions(trigger):
            from rollback_gov.policy.promql.shape import first_event_hidden, is_filter

            wanted = (condition.operator, condition.number) in ((">", 0.0), (">=", 1.0))
            value = condition.value
            known = wanted and value is not None and is_filter(value) is None
            selector = first_event_hidden(value) if known and value is not None else None
            if selector is not None:
                message = (
                    f"Trigger '{trigger.id}' may not see the first event of {selector.metric}: it has no sample before."
                )
                hint = "Add what was not there before: `(x unless x offset 5m) or increase(x[5m])`; or export a zero."
                yield subject.finding(path, message, hint, span=metric_at(trigger, selector))
                break
