"""A trigger as one PromQL expression that has a value exactly while the condition holds.

Every query is read as ``vector(scalar(…))``: one number without labels, and NaN where it answers with nothing or with
more than one series. A comparison with NaN is false, so that what cannot be evaluated is no alert, as in a watch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Limit, Query
from rollback_gov.model.number import format_number
from rollback_gov.model.trigger import Trigger
from rollback_gov.policy.promql.reader import LONGEST, Fault, read_promql
from rollback_gov.triggers.condition import limits, queries
from rollback_gov.triggers.machine import WindowMachine, interval, machine_of

_OPERATORS = {"above": ">", "below": "<", "at_least": ">=", "at_most": "<="}


class NotExpressible(ValueError):  # noqa: N818 - a property of the trigger, not a defect
    """PromQL cannot say this; the text says what, as half a sentence."""


def expression(trigger: Trigger, every: Duration, baseline: Mapping[str, Decimal]) -> str:
    """Give the expression; of a trigger that counts in a window, its breaches are counted over a subquery.

    ``baseline`` has the numbers that were kept before the change. Raises NotExpressible.
    """
    foreign = [role for role, query in queries(trigger).items() if not query.expr and role not in ("alive", "control")]
    if foreign:
        raise NotExpressible(f"its {foreign[0]} is read from {queries(trigger)[foreign[0]].source}, not by PromQL")
    if not limits(trigger):
        raise NotExpressible("it compares its value with nothing")
    condition = " and ".join(_conditions(trigger, baseline))
    machine = machine_of(trigger, every)
    if not isinstance(machine, WindowMachine):
        return condition
    # A reading that is exactly as old as the window no longer counts; to Prometheus before 3.0 it would.
    window = f"[{Duration(machine.window - 1)}:{interval(trigger, every)}]"
    return f"count_over_time(({condition}){window}) > {machine.more_than}"


def _conditions(trigger: Trigger, baseline: Mapping[str, Decimal]) -> Iterator[str]:
    """Give the comparisons, the floor, the volume; and that the value is finite, as no watch takes Inf for a number."""
    value = _number(trigger.query)
    upward = [name for name in limits(trigger) if name in ("above", "at_least")]
    for name, limit in limits(trigger).items():
        yield f"{value} {_OPERATORS[name]} {_limit(limit, baseline)}"
    if len(upward) == len(limits(trigger)):
        yield f"{value} < Inf"
    if not upward and trigger.floor is None:
        yield f"{value} > -Inf"
    if trigger.floor is not None:
        yield f"{value} >= {_limit(trigger.floor, baseline)}"
    if trigger.volume is not None:
        volume = _number(trigger.volume.query)
        yield f"{volume} >= {_limit(trigger.volume.at_least, baseline)}"
        yield f"{volume} < Inf"


def _number(query: Query) -> str:
    """Read a query as one number. What is one already has no need of ``scalar``, and is not accepted by it."""
    wrong = read_promql(query.expr)
    if isinstance(wrong, Fault):
        raise NotExpressible(f"one of its queries is no PromQL: {wrong.message}")
    if len(query.expr) > LONGEST - 100:
        raise NotExpressible("one of its queries is too long for anybody to check")
    # A comment would reach over our own bracket.
    expr = query.expr.strip() + ("\n" if "#" in query.expr else "")
    for text in (f"vector(scalar({expr}))", f"vector({expr})"):
        if not isinstance(read_promql(text), Fault):
            return text
    raise NotExpressible("one of its queries gives no number")


def _limit(limit: Limit, baseline: Mapping[str, Decimal]) -> str:
    if limit.query is not None:
        return f"{format_number(limit.times)} * {_number(limit.query)}" if limit.times != 1 else _number(limit.query)
    if limit.baseline:
        if limit.baseline not in baseline:
            raise NotExpressible(f"it is compared with the baseline '{limit.baseline}', of which no number was kept")
        return format_number(baseline[limit.baseline] * limit.times)
    return format_number((limit.value or Decimal(0)) * limit.times)
