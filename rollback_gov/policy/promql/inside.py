"""The comparison that was written into an expression, as a condition like any other."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.policy.condition import Condition
from rollback_gov.policy.promql.expression import Binary, Expression, Number
from rollback_gov.policy.promql.shape import is_filter

_MIRRORED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}


def written_inside(expression: Expression) -> Iterator[Condition]:
    """Give the comparison of an expression that filters by one; nothing for others."""
    filtered = is_filter(expression)
    if filtered is not None:
        yield _taken_apart(filtered)


def _taken_apart(filtered: Binary) -> Condition:
    left, right, operator = filtered.left, filtered.right, filtered.operator
    if isinstance(left, Number):
        left, right, operator = right, left, _MIRRORED[operator]
    if isinstance(right, Number):
        return Condition(key="query", value=left, operator=operator, number=right.value)
    factor, against = _factor(right)
    return Condition(key="query", value=left, operator=operator, against=against, times=factor, moving=True)


def _factor(expression: Expression) -> tuple[float, Expression]:
    """Take ``… * 1.5`` apart."""
    if isinstance(expression, Binary) and expression.operator == "*":
        for one, other in ((expression.left, expression.right), (expression.right, expression.left)):
            if isinstance(one, Number):
                return one.value, other
    return 1.0, expression
