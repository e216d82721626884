"""What a plan expects of an outcome: exit codes, status, text and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from typing import Any, TypeAlias

from rollback_gov.model.duration import Duration
from rollback_gov.model.record import Record

Scalar: TypeAlias = str | int | bool | Decimal
Json: TypeAlias = Any
"""Any JSON value; its shape belongs to whoever receives it."""


class Header(Record):
    """A header's value: literal text, or the name of a parameter (how a secret gets there)."""

    SHORTHAND = "text"
    text: str = ""
    parameter: str = ""


class FromParameter(Record):
    """The value of a parameter that is no secret: arguments of a program are visible to everybody on the machine."""

    parameter: str


Argument: TypeAlias = str | FromParameter
"""One argument of a program: literal text, or where its text comes from."""


class Query(Record):
    """A metric from a source: a kind, or a source that environments.yaml names. It decides which keys count."""

    source: str
    url: str = ""
    endpoint: str = ""
    path: str = ""
    expr: str = ""
    pointer: str = ""
    run: str = ""
    series: str = ""
    of: str = ""
    over: Duration | None = None
    minimum: Decimal | None = None
    signal: str = ""
    alerts: Mapping[str, str] | None = None
    headers: Mapping[str, Header] | None = None
    timeout: Duration = field(default=Duration(5_000))


class Limit(Record):
    """The right side of a comparison: a number, or ``times`` what the baseline or another query says."""

    SHORTHAND = "value"
    value: Decimal | None = None
    baseline: str = ""
    query: Query | None = None
    times: Decimal = Decimal(1)


class Same(Record):
    """The right side of ``equals``: a value, or ``times`` what the baseline saved."""

    SHORTHAND = "value"
    value: Scalar | None = None
    baseline: str = ""
    times: Decimal = Decimal(1)


class Comparison(Record):
    """Conditions on one value; all that are given must hold. ``within`` is the tolerance of ``equals``."""

    equals: Same | None = None
    matches: str = ""
    contains: str = ""
    above: Limit | None = None
    below: Limit | None = None
    at_least: Limit | None = None
    at_most: Limit | None = None
    within: Decimal | None = None


class JsonComparison(Comparison):
    """Conditions on the value at a JSON pointer (RFC 6901) of the answer."""

    pointer: str = ""


class Expect(Comparison):
    """What must be true of an outcome. Conditions beside the channels compare a query's number."""

    exit: tuple[int, ...] = ()
    status: tuple[int, ...] = ()
    stdout: Comparison | None = None
    stderr: Comparison | None = None
    json: tuple[JsonComparison, ...] = ()
