"""Why a rollback did not meet its SLA: what its own record says, the largest part first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from rollback_gov.model.record import Record
from rollback_gov.reports.dashboard.figures import number
from rollback_gov.reports.fact import Fact, NotMeasured
from rollback_gov.reports.log import between
from rollback_gov.reports.phases import PhaseFact, last_ways
from rollback_gov.reports.run_facts import RunFacts

Kind = Literal["failed", "given up", "phase", "people", "start", "budgets", "rest"]
SMALL = 0.1
"""A part of less than this share of the delay explains nothing."""


class Cause(Record):
    """One part of the answer. Causes with the same ``what`` are of the same kind and can be counted together.

    ``detail`` is what this run adds; ``over`` is how many seconds it cost, where that can be told.
    """

    kind: Kind
    what: str
    detail: str = ""
    over: float | NotMeasured = NotMeasured("a rollback that never got there has no end to measure")


def causes(facts: RunFacts) -> tuple[Cause, ...]:
    """Say why. A run that was not verified in the end failed or was given up; a verified one took too long."""
    outcome = facts.standing.outcome
    if outcome == "failed":
        return (_failed(facts),)
    if outcome == "aborted":
        return (Cause(kind="given up", what="Given up before it was verified", detail=facts.standing.detail),)
    limit, took = number(facts.sla.limit), number(facts.sla.duration)
    if isinstance(limit, NotMeasured) or isinstance(took, NotMeasured):
        return ()
    return _late(facts, limit, took - limit)


def _failed(facts: RunFacts) -> Cause:
    """The last failure is the one that the run could not make good."""
    if facts.failures:
        last = facts.failures[-1]
        where = last.phase or last.step
        return Cause(kind="failed", what=f"Failed in “{where}”", detail=last.error)
    return Cause(kind="failed", what="Failed", detail=facts.standing.detail)


def _late(facts: RunFacts, limit: float, excess: float) -> tuple[Cause, ...]:
    parts = [*_phases(facts), *_people(facts), *_start(facts)]
    told = [part for part in parts if not isinstance(part.over, NotMeasured) and part.over >= SMALL * excess]
    return tuple(sorted(told, key=_size, reverse=True)) or (_nothing_alone(facts, limit, excess),)


def _size(cause: Cause) -> float:
    return 0.0 if isinstance(cause.over, NotMeasured) else cause.over


def _phases(facts: RunFacts) -> Iterator[Cause]:
    """Time at the gates of a phase is that of people, not of the phase."""
    ways: dict[str, list[PhaseFact]] = {}
    for way in facts.phases:
        ways.setdefault(way.path, []).append(way)
    for phase in last_ways(facts.phases):
        took, budget, waited = number(phase.seconds), number(phase.budget), number(phase.gate_seconds)
        if isinstance(took, NotMeasured) or isinstance(budget, NotMeasured):
            continue
        over = took - budget - (0.0 if isinstance(waited, NotMeasured) else waited)
        if over > 0:
            tried = len(ways[phase.path])
            detail = f"only its {_ordinal(tried)} way worked" if tried > 1 else ""
            yield Cause(kind="phase", what=f"“{phase.title}” took longer than its budget", detail=detail, over=over)


def _people(facts: RunFacts) -> Iterator[Cause]:
    waited = number(facts.sla.gate_time)
    if not isinstance(waited, NotMeasured) and waited > 0:
        yield Cause(kind="people", what="It waited for people at gates", over=waited)


def _start(facts: RunFacts) -> Iterator[Cause]:
    """From the decision, less what gates took where one stood before it: rather too little than the same time twice."""
    times, waited = facts.times, number(facts.sla.gate_time)
    took = _between(times.decided, times.first_command)
    if isinstance(took, NotMeasured):
        return
    since_yes = _between(times.approved, times.first_command)
    if not isinstance(since_yes, NotMeasured) and not isinstance(waited, NotMeasured):
        took = max(took - waited, since_yes)
    yield Cause(kind="start", what="The first command came late", over=took)


def _between(earlier: Fact[str], later: Fact[str]) -> float | NotMeasured:
    if isinstance(earlier, NotMeasured) or isinstance(later, NotMeasured):
        return NotMeasured("one of the two is not known")
    took = between(earlier.value, later.value)
    return took if isinstance(took, NotMeasured) else took.number


def _nothing_alone(facts: RunFacts, limit: float, excess: float) -> Cause:
    budgets = [number(phase.budget) for phase in last_ways(facts.phases)]
    planned = sum(budget for budget in budgets if not isinstance(budget, NotMeasured))
    if planned > limit:
        what = "The budgets of its phases add up to more than the SLA"
        return Cause(kind="budgets", what=what, over=planned - limit)
    return Cause(kind="rest", what="No phase alone: time was lost between and beside them", over=excess)


def _ordinal(number_: int) -> str:
    return {2: "second", 3: "third"}.get(number_, f"{number_}th")
