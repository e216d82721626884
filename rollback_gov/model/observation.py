"""One reading of a metric: a value, no data, or an error. The three are never mixed up."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from rollback_gov.model.record import Record


class Value(Record, kw_only=False):
    """One finite number. ``sample`` tells a new sample from one seen before: seconds since the epoch, 0 unknown."""

    number: Decimal
    sample: float = 0.0


class NoData(Record, kw_only=False):
    """The source answered and had nothing to say: empty, NaN, too old, too little traffic."""

    reason: str


class Error(Record, kw_only=False):
    """The source could not be asked: transport, timeout, refused, a body that makes no sense."""

    reason: str


Observation: TypeAlias = Value | NoData | Error
