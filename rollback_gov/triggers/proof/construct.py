"""Readings that breach a trigger's condition, and readings that do not, found by the condition itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from rollback_gov.model.expect import Limit
from rollback_gov.model.observation import NoData, Observation, Value
from rollback_gov.model.trigger import Trigger
from rollback_gov.triggers.condition import VALUE, Verdict, judge, limits, queries, shown
from rollback_gov.triggers.explain import threshold
from rollback_gov.triggers.proof.domain import Domain, domain_of

ASSUMED_BASELINE = Decimal(100)
"""What stands for a number of the baseline, which is kept right before the change: nobody knows it earlier."""
OTHER_SIDES = (Decimal(100), Decimal(1), Decimal("0.5"), Decimal(0), Decimal(10_000))
"""What stands for the answers of other queries that a value is compared with; or the nearest that they can give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Readings by role, with what the condition says of them."""

    readings: Mapping[str, Value]
    reason: str

    @property
    def number(self) -> Decimal:
        """The trigger's own value."""
        return self.readings[VALUE].number

    @property
    def text(self) -> str:
        """Such as ``value 0.055, volume 100``."""
        return ", ".join(f"{role} {shown(seen.number)}" for role, seen in self.readings.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Constructed:
    """What breaches and what is fine; ``problem`` says why one of them cannot be."""

    breach: Samples | None = None
    fine: Samples | None = None
    problem: str = ""


def assumed(trigger: Trigger) -> dict[str, Decimal]:
    """Give numbers for all of the baseline that a trigger is compared with."""
    found = [limit.baseline for _, limit in _all_limits(trigger) if limit.baseline]
    return dict.fromkeys(found, ASSUMED_BASELINE)


def construct(trigger: Trigger) -> Constructed:
    """Find readings on both sides of a condition, next to its limits."""
    seen: dict[Verdict, Samples] = {}
    for other in OTHER_SIDES:
        found = list(_judged(trigger, other))
        seen |= {verdict: samples for verdict, samples in found if verdict not in seen}
        breach = next((samples for verdict, samples in found if verdict is Verdict.BREACH), None)
        fine = [samples for verdict, samples in found if verdict is Verdict.OK]
        if breach and fine:
            nearest = min(fine, key=lambda samples: abs(samples.number - breach.number))
            return Constructed(breach=breach, fine=nearest)
    return Constructed(problem=_problem(trigger, seen))


def _judged(trigger: Trigger, other: Decimal) -> Iterator[tuple[Verdict, Samples]]:
    for readings in _candidates(trigger, other):
        judged = judge(trigger, readings, assumed(trigger))
        yield judged.verdict, Samples(readings=readings, reason=judged.reason)


def dead(trigger: Trigger) -> Mapping[str, Observation] | None:
    """Give the readings of a service that is dead while the monitoring answers; None where that is not asked for."""
    if trigger.alive is None or trigger.control is None:
        return None
    others: dict[str, Observation] = {role: NoData("no sample") for role in queries(trigger)}
    return {**others, "alive": Value(Decimal(0)), "control": Value(Decimal(1))}


def _problem(trigger: Trigger, seen: Mapping[Verdict, Samples]) -> str:
    """Say what no readings give."""
    domain = domain_of(trigger.query)
    if Verdict.BREACH in seen:
        return f"it can never be quiet: every {domain.words} is {threshold(trigger)}"
    if Verdict.OK in seen and (limits(trigger) or Verdict.UNKNOWN not in seen):
        floor = f"not below its floor of {_text(trigger.floor)}" if trigger.floor else ""
        return f"it can never fire: no {domain.words} is {' and '.join(filter(None, (threshold(trigger), floor)))}"
    return f"it can never be evaluated: {seen[Verdict.UNKNOWN].reason}"


def _text(limit: Limit) -> str:
    return shown((limit.value or Decimal(0)) * limit.times) if limit.value is not None else "its limit"


def _all_limits(trigger: Trigger) -> Iterator[tuple[str, Limit]]:
    """Give every limit with its role: the comparisons, the floor, and the least volume."""
    yield from limits(trigger).items()
    if trigger.floor:
        yield "floor", trigger.floor
    if trigger.volume:
        yield "volume_least", trigger.volume.at_least


def _candidates(trigger: Trigger, other: Decimal) -> Iterator[dict[str, Value]]:
    """Give readings near the limits; ``other`` is what all other queries answer, as near as they can."""
    fixed = {
        role: Value(domain_of(query).nearest(other))
        for role, query in queries(trigger).items()
        if role not in (VALUE, "volume")
    }
    numbers = {role: _number(limit, fixed.get(role)) for role, limit in _all_limits(trigger)}
    domain = domain_of(trigger.query)
    enough = _enough(trigger, numbers.pop("volume_least", Decimal(0)))
    for number in _near(domain, sorted(set(numbers.values()))):
        if domain.holds(number):
            yield {VALUE: Value(number), **enough, **fixed}


def _enough(trigger: Trigger, least: Decimal) -> dict[str, Value]:
    """Give a volume that is enough, where one is asked for: the least itself, or as much as the query can give."""
    if trigger.volume is None:
        return {}
    domain = domain_of(trigger.volume.query)
    number = next((n for n in (least, *domain.near(least)) if n >= least and domain.holds(n)), least)
    return {"volume": Value(number)}


def _near(domain: Domain, bounds: list[Decimal]) -> Iterator[Decimal]:
    """Give the numbers to try: beside each bound, between two of them, and the ends."""
    for bound in bounds:
        yield from domain.near(bound)
    yield from ((one + two) / 2 for one, two in pairwise(bounds))
    yield from (end for end in (domain.low, domain.high) if end is not None)
    if not bounds:
        yield Decimal(0)


def _number(limit: Limit, answer: Value | None) -> Decimal:
    if answer is not None:
        return answer.number * limit.times
    return (ASSUMED_BASELINE if limit.baseline else limit.value or Decimal(0)) * limit.times
