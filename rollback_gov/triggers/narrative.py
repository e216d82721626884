"""What happened in a tick, in lines for people: one a change, none for what stays the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollback_gov.model.duration import Duration
from rollback_gov.model.observation import Error
from rollback_gov.model.trigger import Band, Trigger
from rollback_gov.triggers.condition import Verdict
from rollback_gov.triggers.decision import Decision, Mode
from rollback_gov.triggers.explain import duration, explain, metric, threshold
from rollback_gov.triggers.line import stamp
from rollback_gov.triggers.machine import ConsecutiveMachine, DurationMachine, interval, machine_of
from rollback_gov.triggers.state import State, Status
from rollback_gov.triggers.tick import Entry, Rules, Tick

BLIND_AFTER = 3
"""Ticks in a row without a verdict after which a trigger is called blind, or short of traffic."""
_MODES: Mapping[Mode, str] = {
    "observe": "it is only told; nothing is run",
    "confirm": "a person is asked, and nothing is run without a yes",
    "auto": "it is run without asking",
}


def introduction(rules: Rules) -> Iterator[str]:
    """Say what every trigger waits for, and what will be done."""
    said = explained(rules)
    yield from (f"  {trigger['sentence']}" for trigger in said["triggers"])
    yield "What follows:"
    yield from (f"  {band['sentence']}" for band in said["bands"])
    yield f"  {said['conduct']}"


def explained(rules: Rules) -> dict[str, Any]:
    """Give the same as plain data: a sentence for each trigger and each band, and what is done about a decision."""
    sentences = [(trigger, explain(trigger, rules.every)) for trigger in rules.triggers]
    bands = [{"action": band.action, "sentence": _band(band)} for band in rules.bands]
    return {
        "triggers": [
            {
                "trigger": trigger.id,
                "sentence": sentence,
                "metric": metric(trigger.query),
                "threshold": threshold(trigger),
                "duration": duration(trigger, rules.every),
                "every": str(interval(trigger, rules.every)),
            }
            for trigger, sentence in sentences
        ],
        "bands": bands or [{"action": "rollback", "sentence": "any trigger that fires: rollback"}],
        "mode": rules.mode,
        "conduct": f"a rollback or mitigation (mode {rules.mode}): {_MODES[rules.mode]}",
    }


def changes(tick: Tick, before: Decision | None) -> Iterator[str]:
    """Say what this tick changed; ``before`` is the decision of the tick before."""
    for entry in tick.entries:
        yield from (f"{entry.trigger}: {text}" for text in _entry(entry))
    decision = tick.decision
    if decision is not None and (before is None or before.key != decision.key):
        until = f", until {stamp(decision.deadline)}" if decision.deadline is not None else ""
        yield f"decision: {decision.action}{until} ({decision.reason})"


def blind(states: Mapping[str, State]) -> tuple[str, ...]:
    """Name the triggers that have not been evaluated for a while."""
    return tuple(name for name, state in states.items() if state.unknowns >= BLIND_AFTER)


def short_of_traffic(states: Mapping[str, State]) -> tuple[str, ...]:
    """Name the triggers that nobody could judge for a while, for want of traffic; the monitoring answers."""
    return tuple(name for name, state in states.items() if state.low_traffic >= BLIND_AFTER)


def progress(trigger: Trigger, state: State, rules: Rules) -> str:
    """Say how a trigger stands, in a few words."""
    if state.unknowns >= BLIND_AFTER:
        return f"{trigger.id} BLIND"
    if state.low_traffic >= BLIND_AFTER and state.status is not Status.FIRED:
        return f"{trigger.id} LOW TRAFFIC"
    if state.status is not Status.PENDING:
        return f"{trigger.id} {'FIRED' if state.status is Status.FIRED else state.verdict or 'not read yet'}"
    machine = machine_of(trigger, rules.every)
    if isinstance(machine, DurationMachine):
        return f"{trigger.id} {Duration(state.held)}/{Duration(machine.holds)}"
    if isinstance(machine, ConsecutiveMachine):
        return f"{trigger.id} {state.count}/{machine.count}"
    return f"{trigger.id} {len(state.hits)}/{machine.more_than + 1}"


def at_a_glance(watched: Mapping[str, tuple[Rules, Mapping[str, State]]]) -> str:
    """Say in one line how operations stand: of one all triggers, of several how many are fine, and who is not."""
    if len(watched) == 1:
        ((rules, states),) = watched.values()
        return " · ".join(progress(trigger, states[trigger.id], rules) for trigger in rules.triggers)
    bad = [
        f"{name}: {progress(trigger, states[trigger.id], rules)}"
        for name, (rules, states) in watched.items()
        for trigger in rules.triggers
        if states[trigger.id].status is not Status.IDLE or states[trigger.id].unknowns or states[trigger.id].low_traffic
    ]
    noisy = {text.partition(":")[0] for text in bad}
    return " · ".join([f"{len(watched) - len(noisy)} of {len(watched)} quiet", *bad])


def _entry(entry: Entry) -> Iterator[str]:
    before, after, reason = entry.before, entry.after, entry.judgement.reason
    if after.note:
        yield after.note
    if after.unknowns == BLIND_AFTER:
        fails = any(isinstance(seen, Error) for seen in entry.readings.values())
        todo = "look at the monitoring" if fails else "until there is a number to judge, nobody sees a breach"
        yield f"BLIND for {BLIND_AFTER} readings: {reason.rstrip('.')}. That is never a reason to roll back; {todo}"
    elif after.unknowns == 1:
        yield f"cannot be evaluated: {reason}"
    elif after.low_traffic == 1:
        yield f"is not judged: {reason}"
    elif before.low_traffic and not after.low_traffic and not after.unknowns:
        yield f"is judged again: {reason}"
    elif before.unknowns and not after.unknowns and not after.low_traffic:
        yield f"can be evaluated again: {reason}"
    if before.status is not after.status:
        yield _moved(after, reason)
    elif after.status is Status.FIRED and before.recovered is not after.recovered:
        yield f"{'fine again, but it stays fired' if after.recovered else 'breaches again'}: {reason}"


def _moved(after: State, reason: str) -> str:
    if after.status is Status.FIRED:
        return f"FIRED: {reason}"
    if after.status is Status.PENDING:
        return f"breach: {reason}"
    return f"over: {reason}" if after.verdict is Verdict.OK else "starts anew"


def _band(band: Band) -> str:
    """Say a row of the decision matrix."""
    parts = []
    pool = band.of or band.any
    if band.at_least is not None:
        parts.append(f"at least {band.at_least} of {', '.join(pool) or 'all triggers'}")
    elif pool:
        parts.append(f"any of {', '.join(pool)}")
    if band.all:
        parts.append(f"all of {', '.join(band.all)}")
    action = band.action + (f" with scenario {band.scenario}" if band.scenario else "")
    deadline = f" within {band.within}, then {band.then}" if band.within and band.then else ""
    return f"{' and '.join(parts) or 'never'}: {action}{deadline}"
