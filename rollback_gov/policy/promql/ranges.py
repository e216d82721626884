"""Between which numbers the value of an expression always lies."""

from __future__ import annotations

import math
from collections.abc import Callable

from rollback_gov.policy.interval import ANY, POSITIVE, SHARE, Range
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
)

_COUNTS = ("_total", "_count", "_bucket", "_bytes", "_seconds", "_created")
_KEEP = frozenset({"avg", "min", "max", "quantile", "topk", "bottomk"})
_KEEP_CALLS = frozenset(
    {
        "scalar",
        "sort",
        "sort_desc",
        "avg_over_time",
        "min_over_time",
        "max_over_time",
        "last_over_time",
        "label_replace",
    }
)
_POSITIVE_CALLS = COUNTED | {"count_over_time", "changes", "resets", "abs", "sqrt", "exp", "histogram_count"}


def range_of(expression: Expression) -> Range:
    """Give the range of an expression's value, as far as its form says it."""
    if isinstance(expression, Number):
        return Range(expression.value, expression.value)
    if isinstance(expression, Selector):
        return _selector(expression)
    if isinstance(expression, Call):
        return _call(expression)
    if isinstance(expression, Aggregate):
        return _aggregate(expression)
    return _binary(expression) if isinstance(expression, Binary) else ANY


def _selector(selector: Selector) -> Range:
    if selector.metric == "up":
        return SHARE
    return POSITIVE if selector.metric.endswith(_COUNTS) else ANY


def _call(call: Call) -> Range:
    name, arguments = call.function, call.arguments
    if name in ("vector", *_KEEP_CALLS) and arguments:
        return range_of(arguments[0])
    if name in _POSITIVE_CALLS:
        return POSITIVE
    if name in ("absent", "absent_over_time"):
        return Range(1.0, 1.0)
    if name == "histogram_quantile" and len(arguments) > 1:
        return POSITIVE if all(part.metric.endswith("_seconds_bucket") for part in selectors(arguments[1])) else ANY
    return ANY


def _aggregate(aggregate: Aggregate) -> Range:
    inner = range_of(aggregate.inner)
    if aggregate.operator in _KEEP:
        return inner
    if aggregate.operator == "group":
        return Range(1.0, 1.0)
    if aggregate.operator in ("count", "count_values", "stddev", "stdvar"):
        return POSITIVE
    return POSITIVE if aggregate.operator == "sum" and inner.low >= 0 else ANY


def _binary(binary: Binary) -> Range:
    left, right = range_of(binary.left), range_of(binary.right)
    operator = binary.operator
    if operator in COMPARISONS:
        return SHARE if binary.as_number else left
    if operator == "or":
        return Range(min(left.low, right.low), max(left.high, right.high))
    if operator in ("and", "unless"):
        return left
    if operator == "/" and is_share(binary):
        return SHARE
    combine = _ARITHMETIC.get(operator)
    return combine(left, right) if combine else ANY


def _sum(left: Range, right: Range) -> Range:
    return Range(left.low + right.low, left.high + right.high)


def _difference(left: Range, right: Range) -> Range:
    return Range(left.low - right.high, left.high - right.low)


def _product(left: Range, right: Range) -> Range:
    if math.inf in (left.high, right.high) or -math.inf in (left.low, right.low):
        return POSITIVE if left.low >= 0 and right.low >= 0 else ANY
    corners = [one * two for one in (left.low, left.high) for two in (right.low, right.high)]
    return Range(min(corners), max(corners))


def _quotient(left: Range, right: Range) -> Range:
    if right.low == right.high and right.low > 0 and math.isfinite(right.low):
        return Range(left.low / right.low, left.high / right.low)
    return POSITIVE if left.low >= 0 and right.low >= 0 else ANY


_ARITHMETIC: dict[str, Callable[[Range, Range], Range]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
}


def is_share(binary: Binary) -> bool:
    """Tell whether a quotient is a part of a whole: the same sum, of fewer series above than below."""
    above, below = _counted(binary.left), _counted(binary.right)
    return above is not None and below is not None and _is_part(above, below)


def _is_part(above: tuple[str, Selector], below: tuple[str, Selector]) -> bool:
    same = above[0] == below[0] and above[1].metric == below[1].metric and above[1].window == below[1].window
    return same and above[1].matchers >= below[1].matchers


def _counted(expression: Expression) -> tuple[str, Selector] | None:
    """Take ``sum(rate(metric[5m]))`` apart; ``or vector(0)`` and a filter change nothing about what it counts."""
    if isinstance(expression, Binary) and expression.operator in ("or", *COMPARISONS):
        if expression.as_number:
            return None
        zero = expression.right
        harmless = expression.operator in COMPARISONS or range_of(zero) == Range(0.0, 0.0)
        return _counted(expression.left) if harmless else None
    if isinstance(expression, Aggregate) and expression.operator == "sum":
        inner = expression.inner
        if isinstance(inner, Call) and inner.function in COUNTED and isinstance(inner.arguments[0], Selector):
            labels = sorted(expression.labels) if expression.labels is not None else ["without"]
            return f"{inner.function} {labels}", inner.arguments[0]
    return None
