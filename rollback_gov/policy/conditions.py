"""A trigger's conditions in one form, those that it names and the one written into its expression (``a > b``).

What reads PromQL is imported where a trigger asks in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rollback_gov.model.expect import Limit, Query
from rollback_gov.model.trigger import Trigger
from rollback_gov.policy.condition import Condition
from rollback_gov.policy.interval import SHARE, Range

if TYPE_CHECKING:
    from rollback_gov.policy.promql.expression import Expression

OPERATORS = {"above": ">", "below": "<", "at_least": ">=", "at_most": "<="}


def promql(query: Query | None) -> Expression | None:
    """Read a query's expression; None where it has none, or one that is wrong."""
    if query is None or not query.expr:
        return None
    from rollback_gov.policy.promql.reader import Fault, read_promql

    found = read_promql(query.expr)
    return None if isinstance(found, Fault) else found


def conditions(trigger: Trigger) -> Iterator[Condition]:
    """Give the comparisons of a trigger: those that it names, and the one in its expression."""
    value = promql(trigger.query)
    if value is not None:
        from rollback_gov.policy.promql.inside import written_inside

        yield from written_inside(value)
    for key, operator in OPERATORS.items():
        limit: Limit | None = getattr(trigger, key)
        if limit is not None:
            yield Condition(
                key=key,
                value=value,
                operator=operator,
                number=float(limit.value * limit.times) if limit.value is not None else None,
                against=promql(limit.query),
                times=float(limit.times),
                moving=bool(limit.baseline or limit.query),
            )


def value_range(trigger: Trigger, condition: Condition) -> Range:
    """Give the range in which the compared value lies."""
    if condition.value is not None:
        from rollback_gov.policy.promql.ranges import range_of

        return range_of(condition.value)
    if trigger.query.source == "health" or trigger.query.of:
        return SHARE
    return Range()


def always(operator: str, number: float, within: Range) -> bool | None:
    """Tell whether a comparison is true (or false) for every value of a range; None where it depends."""
    true_from, false_from = {
        ">": (within.low > number, within.high <= number),
        ">=": (within.low >= number, within.high < number),
        "<": (within.high < number, within.low >= number),
        "<=": (within.high <= number, within.low > number),
    }.get(operator, (False, False))
    return True if true_from else False if false_from else None


def verdict(trigger: Trigger, condition: Condition) -> bool | None:
    """Tell whether one comparison of a trigger is always true, or never; None where it depends."""
    if condition.number is None:
        return None
    return always(condition.operator, condition.number, value_range(trigger, condition))


def can_fire(trigger: Trigger) -> bool:
    """Tell whether there is a value for which a trigger fires."""
    return all(verdict(trigger, condition) is not False for condition in conditions(trigger))
