"""The comparisons of a trigger, wherever they are written."""

from __future__ import annotations

import pytest

from rollback_gov.model.expect import Query
from rollback_gov.model.trigger import Trigger
from rollback_gov.policy.conditions import conditions


def comparison(expression: str) -> tuple[str, float | None]:
    query = Query(source="prometheus", expr=expression)
    (condition,) = conditions(Trigger(id="errors", query=query))
    return condition.operator, condition.number


@pytest.mark.parametrize(
    ("expression", "operator"),
    [
        ("sum(errors) > 0.05", ">"),
        ("0.05 < sum(errors)", ">"),
        ("0.05 > sum(errors)", "<"),
        ("0.05 <= sum(errors)", ">="),
        ("0.05 >= sum(errors)", "<="),
        ("0.05 == sum(errors)", "=="),
    ],
)
def test_a_comparison_reads_the_same_from_both_sides(expression: str, operator: str) -> None:
    assert comparison(expression) == (operator, 0.05)
