"""One trigger's readings of one tick, judged: a breach, no breach, or unknown."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rollback_gov.model.expect import Limit, Query
from rollback_gov.model.number import format_number
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.model.trigger import Trigger

VALUE = "value"
COMPARISONS: Mapping[str, tuple[str, Callable[[Decimal, Decimal], bool]]] = {
    "above": ("above", operator.gt),
    "below": ("below", operator.lt),
    "at_least": ("at least", operator.ge),
    "at_most": ("at most", operator.le),
}


class Verdict(StrEnum):
    """What a tick says about a trigger's condition. What cannot be evaluated is neither a breach nor fine."""

    BREACH = "breach"
    OK = "ok"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and the sentence that explains it.

    ``low_traffic``: it is unknown because nobody can judge by so little. The monitoring answers, and is not blind.
    """

    verdict: Verdict
    reason: str
    low_traffic: bool = False


def queries(trigger: Trigger) -> dict[str, Query]:
    """Give every query that a tick has to read for a trigger, by its role: ``value``, ``above``, ``volume``, ..."""
    found: dict[str, Query | None] = {VALUE: trigger.query}
    found |= {name: limit.query for name, limit in limits(trigger).items()}
    found["floor"] = trigger.floor.query if trigger.floor else None
    if trigger.volume:
        found |= {"volume": trigger.volume.query, "volume_least": trigger.volume.at_least.query}
    found |= {"alive": trigger.alive, "control": trigger.control}
    return {role: query for role, query in found.items() if query is not None}


def limits(trigger: Trigger) -> dict[str, Limit]:
    """Give the comparisons of a trigger; all of them must hold for a breach."""
    return {name: limit for name in COMPARISONS if (limit := getattr(trigger, name)) is not None}


def judge(
    trigger: Trigger,
    readings: Mapping[str, Observation],
    baseline: Mapping[str, Decimal],
    *,
    tells_low_traffic: bool = True,
) -> Judgement:
    """Judge the readings of one tick (by role, as ``queries`` names them) against the trigger's condition.

    ``baseline`` holds the numbers that were kept before the change, by id. An error is never a breach. Older decision
    logs did not tell low traffic from whatever else cannot be evaluated.
    """
    seen = readings[VALUE]
    if isinstance(seen, Error):
        return Judgement(Verdict.UNKNOWN, seen.reason)
    sides = _Sides(readings, baseline)
    volume = _volume(trigger, sides, tells_low_traffic=tells_low_traffic)
    if isinstance(seen, NoData):
        without = _without_data(trigger, seen, readings)
        if volume and volume.low_traffic and without.verdict is Verdict.UNKNOWN:
            return volume  # 0 errors of 0 requests are no number, and nobody is blind
        return without
    return volume or _compare(trigger, seen.number, sides)


def _without_data(trigger: Trigger, seen: NoData, readings: Mapping[str, Observation]) -> Judgement:
    """No data is a breach only if the author asked for it: nothing is alive, while a control query has a value."""
    if trigger.alive is None or trigger.control is None:
        return Judgement(Verdict.UNKNOWN, seen.reason)
    alive, control = readings["alive"], readings["control"]
    silent = isinstance(alive, NoData) or (isinstance(alive, Value) and alive.number == 0)
    if silent and isinstance(control, Value):
        return Judgement(Verdict.BREACH, f"dead: {seen.reason}, nothing is alive, and the monitoring answers")
    return Judgement(Verdict.UNKNOWN, seen.reason)


@dataclass(frozen=True, slots=True)
class _Sides:
    """The right sides of comparisons: literal numbers, the baseline, or other queries of the same tick."""

    readings: Mapping[str, Observation]
    baseline: Mapping[str, Decimal]

    def number(self, limit: Limit, role: str) -> Decimal | str:
        """Give a limit's number, or the reason why it is not known. A factor multiplies; nothing is ever divided."""
        if limit.query is not None:
            seen = self.readings[role]
            if not isinstance(seen, Value):
                return f"its limit is unknown: {seen.reason}"
            if not limit.times and not seen.number.is_finite():
                return "its limit is unknown: nought times infinity"
            return seen.number * limit.times
        if limit.baseline:
            if limit.baseline not in self.baseline:
                return f"the baseline '{limit.baseline}' has no number"
            return self.baseline[limit.baseline] * limit.times
        return (limit.value or Decimal(0)) * limit.times


def _volume(trigger: Trigger, sides: _Sides, *, tells_low_traffic: bool) -> Judgement | None:
    """Say that there is too little traffic to judge, or that nobody knows; None when there is enough."""
    if trigger.volume is None:
        return None
    seen, least = sides.readings["volume"], sides.number(trigger.volume.at_least, "volume_least")
    if not isinstance(seen, Value):
        return Judgement(Verdict.UNKNOWN, f"the volume is unknown: {seen.reason}")
    if isinstance(least, str):
        return Judgement(Verdict.UNKNOWN, f"the least volume is unknown: {least}")
    if seen.number >= least:
        return None
    reason = f"too little traffic: {shown(seen.number)} of at least {shown(least)}"
    return Judgement(Verdict.UNKNOWN, reason, low_traffic=tells_low_traffic)


def _compare(trigger: Trigger, number: Decimal, sides: _Sides) -> Judgement:
    outcomes = list(_outcomes(trigger, number, sides))
    for verdict in (Verdict.OK, Verdict.UNKNOWN):
        for outcome in outcomes:
            if outcome.verdict is verdict:
                return outcome
    if not outcomes:
        return Judgement(Verdict.UNKNOWN, "the trigger compares its value with nothing")
    return Judgement(Verdict.BREACH, " and ".join(outcome.reason for outcome in outcomes))


def _outcomes(trigger: Trigger, number: Decimal, sides: _Sides) -> Iterator[Judgement]:
    """Judge each comparison, and the floor under which nothing is a breach."""
    for name, limit in limits(trigger).items():
        words, holds = COMPARISONS[name]
        right = sides.number(limit, name)
        if isinstance(right, str):
            yield Judgement(Verdict.UNKNOWN, right)
        elif holds(number, right):
            yield Judgement(Verdict.BREACH, f"{shown(number)} is {words} {shown(right)}")
        else:
            yield Judgement(Verdict.OK, f"{shown(number)} is not {words} {shown(right)}")
    if trigger.floor is not None:
        floor = sides.number(trigger.floor, "floor")
        if isinstance(floor, str):
            yield Judgement(Verdict.UNKNOWN, floor)
        elif number < floor:
            yield Judgement(Verdict.OK, f"{shown(number)} is below the floor of {shown(floor)}")


def shown(number: Decimal) -> str:
    """Write a number for people: whole numbers exactly, others with six significant digits."""
    if number == number.to_integral_value() or number.adjusted() > 20:
        return format_number(number)
    return format_number(number.quantize(Decimal(1).scaleb(-max(2, 5 - number.adjusted()))))
