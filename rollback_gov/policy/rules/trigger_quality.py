"""RG301, RG302, RG307 to RG314: triggers that fire at the wrong moment, or cannot be judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.model.trigger import Trigger
from rollback_gov.policy.conditions import Condition, conditions, promql
from rollback_gov.policy.promql.expression import Expression, Selector
from rollback_gov.policy.promql.shape import (
    absolute_rate,
    first_event_hidden,
    is_filter,
    is_noisy,
    is_ratio,
    several_series,
    vanishing_numerator,
    zero_divisor,
)
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Path, Subject

_ERRORS = 'sum(rate(http_total{code=~"5.."}[5m]))'
_ALL = "sum(rate(http_total[5m]))"


def _trigger(expr: str, rest: str) -> str:
    return (
        f"triggers:\n  - id: errors\n    query:\n      source: prometheus\n      expr: >-\n        {expr}\n    {rest}"
    )


def _each(subject: Subject) -> Iterator[tuple[Path, Trigger, Expression]]:
    """Give every trigger that asks in PromQL, with the path of its expression."""
    for index, trigger in enumerate(subject.plan.triggers):
        expression = promql(trigger.query)
        if expression is not None:
            yield ("triggers", index, "query", "expr"), trigger, expression


def _sides(trigger: Trigger) -> Iterator[Expression]:
    """Give what a trigger compares: the value, and what it is compared with."""
    for condition in conditions(trigger):
        yield from (side for side in (condition.value, condition.against) if side is not None)


@rule(
    "RG301",
    "A trigger that fires on a single reading",
    severity=Severity.WARNING,
    page=Page(
        what="A ratio, a quantile or a usage is compared once (`count: 1`, `for: 0s`) and fires at the first reading.",
        why="Every deployment, restart and garbage collection makes one bad reading. A rollback for nothing costs more "
        "trust than one that comes two minutes later.",
        bad=_trigger(f"{_ERRORS} / {_ALL}", "above: 5%\n    count: 1"),
        good=_trigger(f"{_ERRORS} / {_ALL}", "above: 5%\n    for: 2m"),
    ),
)
def single_reading(subject: Subject) -> Iterator[Finding]:
    """Look at triggers without patience. Events, which are few and count one by one, may fire at once."""
    for path, trigger, _ in _each(subject):
        at_once = trigger.count == 1 or (trigger.for_ is not None and not trigger.for_.milliseconds)
        if at_once and any(is_noisy(side) for side in _sides(trigger)):
            key = "count" if trigger.count else "for"
            message = f"Trigger '{trigger.id}' fires on a single reading of a value that is never steady."
            yield subject.finding((*path[:2], key), message, "Give it `for: 2m`, or `count: 3`.")


@rule(
    "RG302",
    "A ratio without a least volume",
    severity=Severity.WARNING,
    page=Page(
        what="A trigger compares failed requests with all requests, and has no `volume`: how many there must be to "
        "judge.",
        why="At three in the morning one failed request of two is 50 %.",
        bad=_trigger(f"{_ERRORS} / {_ALL}", "above: 5%\n    for: 2m"),
        good=_trigger(
            f"{_ERRORS} / {_ALL}",
            "above: 5%\n    for: 2m\n    volume: {query: {source: prometheus, expr: 'sum(increase(http_total[5m]))'}, "
            "at_least: 100}",
        ),
    ),
)
def without_volume(subject: Subject) -> Iterator[Finding]:
    """Look at every ratio of counters."""
    for path, trigger, _ in _each(subject):
        if trigger.volume is None and any(is_ratio(side) for side in _sides(trigger)):
            message = f"Trigger '{trigger.id}' judges a ratio, however few requests it is made of."
            hint = "Add `volume:` with the number of requests below which it says nothing."
            yield subject.finding(path, message, hint, span=(0, len(trigger.query.expr)))


@rule(
    "RG307",
    "The comparison stands in the expression",
    from_level=2,
    warn_from=1,
    page=Page(
        what="The expression itself compares (`a > b`). In PromQL that is a filter: while the comparison is false "
        "there "
        "is no value at all.",
        why="A missing value is never taken for a healthy one: it neither fires nor clears. A trigger with `for` keeps "
        "its count while the value is away, and fires in the end although the condition held for one reading only.",
        bad=_trigger(f"{_ERRORS} / {_ALL} > 0.05", "above: 0\n    for: 2m"),
        good=_trigger(f"{_ERRORS} / {_ALL}", "above: 5%\n    for: 2m"),
    ),
)
def compares_inside(subject: Subject) -> Iterator[Finding]:
    """Look for a comparison at the top of the expression."""
    for path, trigger, expression in _each(subject):
        filtered = is_filter(expression)
        if filtered is not None:
            message = (
                f"Trigger '{trigger.id}' has no value while its comparison '{filtered.operator}' is false, so it never "
                "clears."
            )
            hint = "Leave the value in `expr`, and write the comparison as `above`, `below` or with another query."
            yield subject.finding(path, message, hint, span=_operator_at(trigger.query.expr, filtered.operator))


def _operator_at(text: str, operator: str) -> tuple[int, int]:
    """Find the operator outside of all brackets and texts."""
    plain = re.sub(r'"(?:[^"\\]|\\.)*"', lambda found: "_" * len(found[0]), text)
    depth = 0
    for index, character in enumerate(plain):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and plain.startswith(operator, index):
            return index, index + len(operator)
    return 0, len(text)


@rule(
    "RG308",
    "An expression that may give several series",
    severity=Severity.WARNING,
    page=Page(
        what="Nothing adds up the series of the expression: there is one for each process, path or container.",
        why="A trigger needs one number. Several series are an error of the reading, because to choose one of them "
        "would "
        "be a guess; the trigger then never fires.",
        bad=_trigger("increase(corrupt_records[5m])", "above: 0\n    count: 1"),
        good=_trigger("sum(increase(corrupt_records[5m]))", "above: 0\n    count: 1"),
    ),
)
def several(subject: Subject) -> Iterator[Finding]:
    """Look at the top of the expression."""
    for path, trigger, _ in _each(subject):
        if any(several_series(side) for side in _sides(trigger)):
            message = f"Trigger '{trigger.id}' may get several series where it needs one number."
            hint = "Aggregate it: `sum(…)`, `max(…)`, or `sum by (le) (…)` in a quantile."
            yield subject.finding(path, message, hint, span=(0, len(trigger.query.expr)))


@rule(
    "RG309",
    "No value while nothing fails",
    severity=Severity.WARNING,
    page=Page(
        what='The numerator selects failures (`status=~"5.."`), and a series of failures exists only after the first '
        "one.",
        why="As long as nothing has failed the expression has no value: not zero, none. The trigger knows nothing of a "
        "healthy service, and after an outage it does not clear.",
        bad=_trigger(f"{_ERRORS} / {_ALL}", "above: 5%\n    for: 2m"),
        good=_trigger(f"({_ERRORS} or vector(0)) / {_ALL}", "above: 5%\n    for: 2m"),
    ),
)
def nothing_fails(subject: Subject) -> Iterator[Finding]:
    """Look for failures above a fraction bar, without `or`."""
    for path, trigger, _ in _each(subject):
        selector = _first(vanishing_numerator, trigger)
        if selector is not None:
            message = f"Trigger '{trigger.id}' has no value as long as no request of {selector.metric} has failed."
            yield subject.finding(path, message, "Write `(… or vector(0)) / …`.", span=_metric_at(trigger, selector))


@rule(
    "RG310",
    "A multiple of next to nothing",
    severity=Severity.WARNING,
    page=Page(
        what="A trigger fires above a multiple of a baseline, and has no `floor` below which nothing counts.",
        why="Twice next to nothing is one failed request, or four milliseconds: no harm to anybody.",
        bad="triggers:\n  - id: latency\n    query: {source: prometheus, expr: 'job:latency:p99'}\n"
        "    above: {baseline: latency, times: 2}\n    for: 5m",
        good="triggers:\n  - id: latency\n    query: {source: prometheus, expr: 'job:latency:p99'}\n"
        "    above: {baseline: latency, times: 2}\n    floor: 0.25\n    for: 5m",
    ),
)
def without_floor(subject: Subject) -> Iterator[Finding]:
    """Look at thresholds upwards that move with a baseline."""
    for index, trigger in enumerate(subject.plan.triggers):
        for condition in conditions(trigger):
            if condition.moving and condition.operator in (">", ">=") and trigger.floor is None and condition.times > 1:
                times = f"{condition.times:g} times a baseline"
                message = f"Trigger '{trigger.id}' compares with {times} that may be next to nothing."
                path: Path = ("triggers", index, condition.key)
                yield subject.finding(path, message, "Add `floor:` with the value from which it matters at all.")


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
    for path, trigger, _ in _each(subject):
        words = f"{trigger.name} {trigger.rationale}".lower()
        said = re.search(r"\b(?:in|per|within|an?|every)\s+(?:\w+\s+)?(?:minutes?|hours?)\b", words)
        for condition in conditions(trigger):
            value = condition.value
            if said and value is not None and absolute_rate(value) and (condition.number or 0) >= 1:
                message = f"Trigger '{trigger.id}' speaks of '{said[0]}', and `rate` counts per second."
                yield subject.finding(
                    path, message, "Use `increase(…)` over that time.", span=_word_at(trigger, "rate")
                )


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
    for path, trigger, _ in _each(subject):
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
    one, two = absolute_rate(condition.value), absolute_rate(condition.against)
    return one is not None and two is not None and one.metric == two.metric and one.matchers != two.matchers


@rule(
    "RG313",
    "The first event is not seen",
    severity=Severity.WARNING,
    page=Page(
        what="`increase(counter[…])` is to fire at the first event (`above: 0`), and nothing stands in for a series "
        "that "
        "is born with it.",
        why="A counter that appears with the value 1 has no sample before it, and its increase is 0: the first event, "
        "which is the one that matters, is not seen.",
        bad=_trigger("sum(increase(corrupt_records[5m]))", "above: 0\n    count: 1"),
        good=_trigger(
            "sum((corrupt_records unless corrupt_records offset 5m) or increase(corrupt_records[5m]))",
            "above: 0\n    count: 1",
        ),
    ),
)
def first_event(subject: Subject) -> Iterator[Finding]:
    """Look at triggers that fire at one event."""
    for path, trigger, _ in _each(subject):
        for condition in conditions(trigger):
            wanted = (condition.operator, condition.number) in ((">", 0.0), (">=", 1.0))
            selector = first_event_hidden(condition.value) if wanted and condition.value is not None else None
            if selector is not None:
                message = (
                    f"Trigger '{trigger.id}' may not see the first event of {selector.metric}: it has no sample before."
                )
                hint = "Add what was not there before: `(x unless x offset 5m) or increase(x[5m])`; or export a zero."
                yield subject.finding(path, message, hint, span=_metric_at(trigger, selector))
                break


@rule(
    "RG314",
    "A limit that may be zero divides",
    severity=Severity.WARNING,
    page=Page(
        what="A usage is divided by a limit, and where no limit is set it is exported as 0.",
        why="The quotient is infinite then, and the trigger fires for every container without a limit.",
        bad=_trigger(
            "max(container_memory_usage_bytes / container_spec_memory_limit_bytes)", "above: 95%\n    for: 3m"
        ),
        good=_trigger(
            "max(container_memory_working_set_bytes / (container_spec_memory_limit_bytes > 0))",
            "above: 95%\n    for: 3m",
        ),
    ),
)
def zero_limit(subject: Subject) -> Iterator[Finding]:
    """Look below every fraction bar."""
    for path, trigger, _ in _each(subject):
        selector = _first(zero_divisor, trigger)
        if selector is not None:
            message = f"Trigger '{trigger.id}' divides by {selector.metric}, which is 0 where no limit is set."
            yield subject.finding(path, message, "Write `… / (limit > 0)`.", span=_metric_at(trigger, selector))


def _first(look: Callable[[Expression], Selector | None], trigger: Trigger) -> Selector | None:
    return next((found for side in _sides(trigger) if (found := look(side)) is not None), None)


def _metric_at(trigger: Trigger, selector: Selector) -> tuple[int, int]:
    return _word_at(trigger, selector.metric)


def _word_at(trigger: Trigger, word: str) -> tuple[int, int]:
    found = re.search(rf"(?<![\w:]){re.escape(word)}(?![\w:])", trigger.query.expr)
    return found.span() if found else (0, len(trigger.query.expr))
