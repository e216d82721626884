"""What kind of value an expression gives: one series or several, a ratio, a filter."""

from __future__ import annotations

from rollback_gov.policy.promql.expression import (
    COMPARISONS,
    COUNTED,
    Aggregate,
    Binary,
    Call,
    Expression,
    Number,
    Selector,
    selectors,
    walk,
)

_ONE_CALLS = frozenset({"scalar", "vector", "time", "absent", "absent_over_time", "pi"})
_FAILURES = ("5..", "5.", "5[", "[45]", "4..|5", "error", "fail", "500", "503")
_STATUS = frozenset({"status", "code", "status_code", "http_status", "response_code", "grpc_code", "outcome", "result"})


def is_filter(expression: Expression) -> Binary | None:
    """Give the comparison that decides whether there is a value at all; None where there always may be one."""
    if isinstance(expression, Binary):
        if expression.operator in COMPARISONS and not expression.as_number:
            return expression
        if expression.operator in ("and", "unless"):
            return is_filter(expression.left) or is_filter(expression.right)
    return None


def several_series(expression: Expression) -> bool:
    """Tell whether an expression gives one series for each of something, where one number is needed."""
    if isinstance(expression, Aggregate):
        return expression.operator not in ("topk", "bottomk") and expression.labels != frozenset()
    if isinstance(expression, Call):
        if expression.function in _ONE_CALLS:
            return False
        if expression.function == "histogram_quantile" and len(expression.arguments) > 1:
            return not _one_histogram(expression.arguments[1])
        return any(_is_bare(argument) or several_series(argument) for argument in expression.arguments)
    if isinstance(expression, Binary):
        sides = (expression.left, expression.right)
        return any(_is_bare(side) or several_series(side) for side in sides if not isinstance(side, Number))
    return False


def _is_bare(expression: Expression) -> bool:
    """A metric as it is exported has a series for each process; one with a colon was aggregated by a recording rule."""
    return isinstance(expression, Selector) and ":" not in expression.metric


def _one_histogram(expression: Expression) -> bool:
    return isinstance(expression, Aggregate) and expression.labels == frozenset({"le"})


def is_ratio(expression: Expression) -> bool:
    """Tell whether it is a quotient of things that are counted, such as failed requests by requests."""
    return any(
        isinstance(part, Binary) and part.operator == "/" and _is_counted(part.left) and _is_counted(part.right)
        for part in walk(expression)
    )


def _is_counted(expression: Expression) -> bool:
    return any(isinstance(part, Call) and part.function in COUNTED for part in walk(expression))


def is_noisy(expression: Expression) -> bool:
    """Tell whether a single reading of it says little: a ratio, a quantile, a usage."""
    quantile = any(isinstance(part, Call) and part.function == "histogram_quantile" for part in walk(expression))
    return quantile or any(isinstance(part, Binary) and part.operator == "/" for part in walk(expression))


def vanishing_numerator(expression: Expression) -> Selector | None:
    """Give the selector of failures above a fraction bar that has no series while nothing fails."""
    for part in walk(expression):
        if isinstance(part, Binary) and part.operator == "/" and _is_counted(part.left):
            if any(isinstance(inner, Binary) and inner.operator == "or" for inner in walk(part.left)):
                continue
            for selector in selectors(part.left):
                if any(_is_failure(each.label, each.operator, each.value) for each in selector.matchers):
                    return selector
    return None


def _is_failure(label: str, operator: str, value: str) -> bool:
    return label in _STATUS and operator in ("=", "=~") and value.lower().startswith(_FAILURES)


def zero_divisor(expression: Expression) -> Selector | None:
    """Give a limit that something is divided by and that is exported as 0 where none is set."""
    for part in walk(expression):
        if isinstance(part, Binary) and part.operator == "/":
            filtered = any(isinstance(inner, Binary) and inner.operator in (">", "!=") for inner in walk(part.right))
            for selector in selectors(part.right):
                if not filtered and ("_limit" in selector.metric or "_quota" in selector.metric):
                    return selector
    return None


def first_event_hidden(expression: Expression) -> Selector | None:
    """Give the counter whose birth ``increase`` does not see, because there is no sample before it."""
    if any(isinstance(part, Binary) and part.operator in ("or", "unless", "/") for part in walk(expression)):
        return None
    for part in walk(expression):
        if isinstance(part, Call) and part.function in ("increase", "rate") and isinstance(part.arguments[0], Selector):
            return part.arguments[0]
    return None


def absolute_rate(expression: Expression) -> Selector | None:
    """Give the counter of a plain ``rate`` or sum of rates: events a second, divided by nothing."""
    inner = expression.inner if isinstance(expression, Aggregate) and expression.operator == "sum" else expression
    if isinstance(inner, Call) and inner.function in ("rate", "irate") and isinstance(inner.arguments[0], Selector):
        return inner.arguments[0]
    return None
