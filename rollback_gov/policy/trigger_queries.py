"""What the rules about triggers ask of a trigger: its expressions, and where in them something stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rollback_gov.model.plan import Plan
from rollback_gov.model.trigger import Trigger
from rollback_gov.policy.conditions import conditions, promql

if TYPE_CHECKING:
    from rollback_gov.policy.promql.expression import Expression, Selector

Path = tuple[str | int, ...]
ERRORS = 'sum(rate(http_total{code=~"5.."}[5m]))'
REQUESTS = "sum(rate(http_total[5m]))"
"""For the examples of the pages."""


def example(expr: str, rest: str) -> str:
    """Write a trigger for a page."""
    query = f"query:\n      source: prometheus\n      expr: >-\n        {expr}"
    return f"triggers:\n  - id: errors\n    {query}\n    {rest}"


def asked(plan: Plan) -> Iterator[tuple[Path, Trigger, Expression]]:
    """Give every trigger that asks in PromQL, with the path of its expression."""
    for index, trigger in enumerate(plan.triggers):
        expression = promql(trigger.query)
        if expression is not None:
            yield ("triggers", index, "query", "expr"), trigger, expression


def sides(trigger: Trigger) -> Iterator[Expression]:
    """Give what a trigger compares: the value, and what it is compared with."""
    for condition in conditions(trigger):
        yield from (side for side in (condition.value, condition.against) if side is not None)


def first(look: Callable[[Expression], Selector | None], trigger: Trigger) -> Selector | None:
    """Give the first selector that a look at one of the sides finds."""
    return next((found for side in sides(trigger) if (found := look(side)) is not None), None)


def metric_at(trigger: Trigger, selector: Selector) -> tuple[int, int]:
    """Give the offsets of a metric in the expression."""
    return word_at(trigger, selector.metric)


def word_at(trigger: Trigger, word: str) -> tuple[int, int]:
    """Give the offsets of a word in the expression; those of all of it where the word is not there."""
    found = re.search(rf"(?<![\w:]){re.escape(word)}(?![\w:])", trigger.query.expr)
    return found.span() if found else (0, len(trigger.query.expr))


def operator_at(trigger: Trigger, operator: str) -> tuple[int, int]:
    """Find the operator outside of all brackets and texts."""
    text = trigger.query.expr
    plain = re.sub(r'"(?:[^"\\]|\\.)*"', lambda found: "_" * len(found[0]), text)
    depth = 0
    for index, character in enumerate(plain):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and plain.startswith(operator, index):
            return index, index + len(operator)
    return 0, len(text)
