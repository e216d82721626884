"""What an expression says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from rollback_gov.model.record import Record


class Number(Record, kw_only=False):
    """A number."""

    value: float


class Matcher(Record, kw_only=False):
    """A condition on a label, such as ``status=~"5.."``."""

    label: str
    operator: str
    value: str


class Selector(Record, kw_only=False):
    """A metric with its matchers; ``window`` in seconds where it is a range, 0 where it is not."""

    metric: str
    matchers: frozenset[Matcher]
    window: float = 0.0


class Call(Record, kw_only=False):
    """A function with its arguments."""

    function: str
    arguments: tuple[Expression, ...]


class Aggregate(Record, kw_only=False):
    """An aggregation. ``labels`` are those that are kept; None where ``without`` says which are not."""

    operator: str
    inner: Expression
    labels: frozenset[str] | None = frozenset()


class Binary(Record, kw_only=False):
    """Two expressions and an operator. ``as_number``: a comparison with ``bool`` gives 0 or 1 and filters nothing."""

    operator: str
    left: Expression
    right: Expression
    as_number: bool = False


class Other(Record, kw_only=False):
    """Whatever the rules know nothing about: a text, a subquery."""

    inner: Expression | None = None


Expression: TypeAlias = Number | Selector | Call | Aggregate | Binary | Other
COMPARISONS = frozenset({"==", "!=", ">", "<", ">=", "<="})
COUNTED = frozenset({"rate", "irate", "increase"})
"""Functions that say how a counter grows."""


def walk(expression: Expression) -> Iterator[Expression]:
    """Give an expression and everything inside of it, from the outside in."""
    yield expression
    if isinstance(expression, Call):
        for argument in expression.arguments:
            yield from walk(argument)
    elif isinstance(expression, Aggregate | Other):
        if expression.inner is not None:
            yield from walk(expression.inner)
    elif isinstance(expression, Binary):
        yield from walk(expression.left)
        yield from walk(expression.right)


def selectors(expression: Expression) -> tuple[Selector, ...]:
    """Give every selector of an expression."""
    return tuple(part for part in walk(expression) if isinstance(part, Selector))
