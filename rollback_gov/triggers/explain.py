"""A trigger as one sentence that leaves nothing open, and its parts in words."""

from __future__ import annotations

from decimal import Decimal

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Limit, Query
from rollback_gov.model.trigger import Trigger, Watch
from rollback_gov.triggers.condition import COMPARISONS, limits, shown
from rollback_gov.triggers.machine import (
    ConsecutiveMachine,
    DurationMachine,
    WindowMachine,
    interval,
    machine_of,
)

DEFAULT_EVERY = Watch().every


def explain(trigger: Trigger, every: Duration = DEFAULT_EVERY) -> str:
    """Say when a trigger fires. ``every`` is the watch's interval, for a trigger without its own.

    >>> explain(error_rate)
    'error-rate: fires when http_requests_total{code=~"5.."} of http_requests_total is above 1% for 2m, read every 10s;
    readings that cannot be evaluated freeze it'
    """
    machine = machine_of(trigger, every)
    condition = f"{metric(trigger.query)} is {threshold(trigger) or 'compared with nothing'}"
    sentence = f"{trigger.id}: fires {_when(machine, condition)}, read every {interval(trigger, every)}"
    return "; ".join([sentence, *_provisos(trigger, machine)])


def _when(machine: DurationMachine | ConsecutiveMachine | WindowMachine, condition: str) -> str:
    if isinstance(machine, ConsecutiveMachine):
        word = "first failing reading" if machine.count == 1 else f"{_ordinal(machine.count)} failing reading in a row"
        return f"at the {word}, of new ones only, that finds that {condition}"
    if isinstance(machine, WindowMachine):
        times = "once" if machine.more_than == 0 else f"more than {machine.more_than} times"
        return f"when new readings find {times} within {Duration(machine.window)} that {condition}"
    return f"when {condition}" + (f" for {Duration(machine.holds)}" if machine.holds else " at one reading")


def _provisos(trigger: Trigger, machine: DurationMachine | ConsecutiveMachine | WindowMachine) -> list[str]:
    word = "freeze it" if trigger.unknown == "hold" else "start it anew"
    said = [f"readings that cannot be evaluated {word}"]
    if machine.max_gap is not None and trigger.max_gap is not None:
        said.append(f"{Duration(machine.max_gap)} without a reading start it anew")
    if trigger.volume:
        least = _limit(trigger.volume.at_least, ratio=False)
        said.append(f"while {metric(trigger.volume.query)} is below {least} it is not judged")
    if trigger.floor:
        said.append(f"a value below {_limit(trigger.floor, ratio=_is_ratio(trigger.query))} never counts")
    if trigger.baseline_limit is not None:
        limit = Limit(value=trigger.baseline_limit)
        bad = f"beyond {_limit(limit, ratio=_is_ratio(trigger.query))} itself"
        said.append(f"while what it is compared with is {bad}, nothing more than an investigation follows")
    if trigger.alive and trigger.control:
        alive, control = metric(trigger.alive), metric(trigger.control)
        said.append(f"no data counts as a breach when {alive} is empty or zero and {control} is not")
    return said


def threshold(trigger: Trigger) -> str:
    """Give the comparisons in words, such as ``above 1%``; empty where there is none."""
    ratio = _is_ratio(trigger.query)
    words = [f"{COMPARISONS[name][0]} {_limit(limit, ratio=ratio)}" for name, limit in limits(trigger).items()]
    return " and ".join(words)


def duration(trigger: Trigger, every: Duration) -> str:
    """Say how long or how often the condition has to hold; empty where one reading is enough."""
    machine = machine_of(trigger, every)
    if isinstance(machine, ConsecutiveMachine):
        return f"{machine.count} in a row" if machine.count > 1 else ""
    if isinstance(machine, WindowMachine):
        return f"more than {machine.more_than} within {Duration(machine.window)}"
    return str(Duration(machine.holds)) if machine.holds else ""


def lasting(trigger: Trigger, every: Duration) -> str:
    """Say the same behind a sentence: `` for 2m``, ``, 4 in a row``, or nothing."""
    words = duration(trigger, every)
    if not words:
        return ""
    return f" for {words}" if isinstance(machine_of(trigger, every), DurationMachine) else f", {words}"


def metric(query: Query) -> str:
    """Name what a query measures."""
    window = f" over {query.over}" if query.over else ""
    if query.expr:
        return query.expr
    if query.series:
        return query.series + (f" of {query.of}" if query.of else "") + window
    if query.signal:
        return f"the number of {query.signal} reports{window}"
    if query.run.strip():
        return f"what `{query.run.strip().splitlines()[0]}` prints"
    return f"{query.pointer or query.source} at {_place(query)}"


def _place(query: Query) -> str:
    return (query.url.partition("?")[0] or query.endpoint) + query.path or query.source


def _limit(limit: Limit, *, ratio: bool) -> str:
    if limit.query is None and not limit.baseline:
        return _number((limit.value or Decimal(0)) * limit.times, ratio=ratio)
    what = metric(limit.query) if limit.query else f"the baseline {limit.baseline}"
    return what if limit.times == 1 else f"{shown(limit.times)} times {what}"


def _number(number: Decimal, *, ratio: bool) -> str:
    return f"{shown(number * 100)}%" if ratio and 0 < abs(number) <= 1 else shown(number)


def _is_ratio(query: Query) -> bool:
    """Guess whether a number is a share, from a division in the query."""
    return bool(query.of) or "/" in query.expr


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
