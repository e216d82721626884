"""From text to an expression, by the parser of ``promql-parser``.

https://github.com/messense/py-promql-parser
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

from rollback_gov.model.record import Record
from rollback_gov.policy.promql.expression import (
    Aggregate,
    Binary,
    Call,
    Expression,
    Matcher,
    Number,
    Other,
    Selector,
)

MAX_DEPTH = 100
LONGEST = 2048
"""Characters. Beyond, nothing is claimed: the parser is slow on garbage, and nobody reads such an expression."""
_OPERATORS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


class Fault(Record, kw_only=False):
    """Why a text is no PromQL, and where: offsets of the text."""

    message: str
    start: int
    end: int


@lru_cache(maxsize=1024)
def read_promql(text: str) -> Expression | Fault:
    """Read an expression. Never raises for what is in it."""
    import promql_parser

    if len(text) > LONGEST or text.count("(") > MAX_DEPTH * 2:
        return Other()
    try:
        return _expression(promql_parser.parse(text), 0)
    except ValueError as error:
        message = str(error).strip().rstrip(".")
        from rollback_gov.policy.promql.fault import place_of

        return Fault(message, *place_of(text, message, _parses))


def _parses(text: str) -> bool:
    import promql_parser

    try:
        promql_parser.parse(text)
    except ValueError:
        return False
    return True


def _expression(node: Any, depth: int) -> Expression:
    kind = type(node).__name__
    if depth > MAX_DEPTH:
        return Other()
    read = _READERS.get(kind)
    return read(node, depth + 1) if read else Other()


def _selector(node: Any, depth: int) -> Selector:
    found = frozenset(
        Matcher(item.name, _OPERATORS.get(str(item.op).rpartition(".")[2], ""), item.value)
        for item in node.matchers.matchers
    )
    return Selector(node.name or "", found)


def _range(node: Any, depth: int) -> Selector:
    return replace(_selector(node.vector_selector, depth), window=node.range.total_seconds())


def _aggregate(node: Any, depth: int) -> Aggregate:
    modifier = node.modifier
    labels: frozenset[str] | None = frozenset()
    if modifier is not None:
        by = str(modifier.type).endswith("By")
        labels = frozenset(modifier.labels) if by else None
    return Aggregate(str(node.op), _expression(node.expr, depth), labels)


def _binary(node: Any, depth: int) -> Binary:
    as_number = node.modifier is not None and node.modifier.return_bool
    return Binary(str(node.op), _expression(node.lhs, depth), _expression(node.rhs, depth), as_number)


def _unary(node: Any, depth: int) -> Expression:
    inner = _expression(node.expr, depth)
    if isinstance(inner, Number):
        return Number(-inner.value)
    return Binary("*", Number(-1.0), inner)


_READERS: dict[str, Any] = {
    "NumberLiteral": lambda node, _: Other() if math.isnan(node.val) else Number(node.val),
    "VectorSelector": _selector,
    "MatrixSelector": _range,
    "ParenExpr": lambda node, depth: _expression(node.expr, depth),
    "UnaryExpr": _unary,
    "Call": lambda node, depth: Call(node.func.name, tuple(_expression(each, depth) for each in node.args)),
    "AggregateExpr": _aggregate,
    "BinaryExpr": _binary,
    "SubqueryExpr": lambda node, depth: Other(_expression(node.expr, depth)),
}
