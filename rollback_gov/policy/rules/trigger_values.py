"""RG307 to RG309, RG314: triggers that have no value, or none that can be compared."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding, Severity
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject
from rollback_gov.policy.trigger_queries import ERRORS, REQUESTS, asked, example, first, metric_at, operator_at, sides


@rule(
    "RG307",
    "The comparison stands in the expression",
    from_level=2,
    warn_from=1,
    page=Page(
        what="The expression itself compares (`a > b`). In PromQL that is a filter: while the comparison is false "
        "there is no value at all.",
        why="A missing value is never taken for a healthy one: it neither fires nor clears. A trigger with `for` keeps "
        "its count while the value is away, and fires in the end although the condition held for one reading only.",
        bad=example(f"{ERRORS} / {REQUESTS} > 0.05", "above: 0\n    for: 2m"),
        good=example(f"{ERRORS} / {REQUESTS}", "above: 5%\n    for: 2m"),
    ),
)
def compares_inside(subject: Subject) -> Iterator[Finding]:
    """Look for a comparison at the top of the expression."""
    for path, trigger, expression in asked(subject.plan):
        from rollback_gov.policy.promql.shape import is_filter

        filtered = is_filter(expression)
        if filtered is not None:
            message = (
                f"Trigger '{trigger.id}' has no value while its comparison '{filtered.operator}' is false, so it never "
                "clears."
            )
            hint = "Leave the value in `expr`, and write the comparison as `above`, `below` or with another query."
            yield subject.finding(path, message, hint, span=operator_at(trigger, filtered.operator))


@rule(
    "RG308",
    "An expression that may give several series",
    severity=Severity.WARNING,
    page=Page(
        what="Nothing adds up the series of the expression: there is one for each process, path or container.",
        why="A trigger needs one number. Several series are an error of the reading, because to choose one of them "
        "would be a guess; the trigger then never fires.",
        bad=example("increase(corrupt_records[5m])", "above: 0\n    count: 1"),
        good=example("sum(increase(corrupt_records[5m]))", "above: 0\n    count: 1"),
    ),
)
def several(subject: Subject) -> Iterator[Finding]:
    """Look at the top of the expression."""
    for path, trigger, _ in asked(subject.plan):
        from rollback_gov.policy.promql.shape import several_series

        if any(several_series(side) for side in sides(trigger)):
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
        bad=example(f"{ERRORS} / {REQUESTS}", "above: 5%\n    for: 2m"),
        good=example(f"({ERRORS} or vector(0)) / {REQUESTS}", "above: 5%\n    for: 2m"),
    ),
)
def nothing_fails(subject: Subject) -> Iterator[Finding]:
    """Look for failures above a fraction bar, without `or`."""
    for path, trigger, _ in asked(subject.plan):
        from rollback_gov.policy.promql.shape import vanishing_numerator

        selector = first(vanishing_numerator, trigger)
        if selector is not None:
            message = f"Trigger '{trigger.id}' has no value as long as no request of {selector.metric} has failed."
            yield subject.finding(path, message, "Write `(… or vector(0)) / …`.", span=metric_at(trigger, selector))


@rule(
    "RG314",
    "A limit that may be zero divides",
    severity=Severity.WARNING,
    page=Page(
        what="A usage is divided by a limit, and where no limit is set it is exported as 0.",
        why="The quotient is infinite then, and the trigger fires for every container without a limit.",
        bad=example("max(container_memory_usage_bytes / container_spec_memory_limit_bytes)", "above: 95%\n    for: 3m"),
        good=example(
            "max(container_memory_working_set_bytes / (container_spec_memory_limit_bytes > 0))",
            "above: 95%\n    for: 3m",
        ),
    ),
)
def zero_limit(subject: Subject) -> Iterator[Finding]:
    """Look below every fraction bar."""
    for path, trigger, _ in asked(subject.plan):
        from rollback_gov.policy.promql.shape import zero_divisor

        selector = first(zero_divisor, trigger)
        if selector is not None:
            message = f"Trigger '{trigger.id}' divides by {selector.metric}, which is 0 where no limit is set."
            yield subject.finding(path, message, "Write `… / (limit > 0)`.", span=metric_at(trigger, selector))
