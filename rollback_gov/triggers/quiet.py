"""Readings of a tick that changed nothing, written in few words: most of a log is made of them.

A reading is *quiet* when its verdict is fine and the trigger's state stays what it was, but for the time of the tick
and the sample that was counted. What the log leaves out follows from the numbers and from the line before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from rollback_gov.model.number import format_number, parse_number
from rollback_gov.model.observation import Observation, Value
from rollback_gov.triggers.condition import VALUE, Verdict
from rollback_gov.triggers.state import State
from rollback_gov.triggers.tick import Entry


def is_quiet(entry: Entry, at: float) -> bool:
    """Tell whether a reading changed nothing, and all its numbers are of one time."""
    samples = {seen.sample if isinstance(seen, Value) else None for seen in entry.readings.values()}
    if entry.judgement.verdict is not Verdict.OK or len(samples) != 1 or None in samples:
        return False
    (sample,) = samples
    return any(
        entry.after == after(entry.before, at, sample=sample, counted=counted)
        for counted in (False, True)
        if sample is not None
    )


def quiet_data(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Give quiet readings as plain data, those of one sample's time together."""
    groups: dict[tuple[float, bool], dict[str, Any]] = {}
    for entry in entries:
        numbers = {role: seen for role, seen in entry.readings.items() if isinstance(seen, Value)}
        sample = numbers[VALUE].sample
        texts = {role: format_number(seen.number) for role, seen in numbers.items()}
        counted = entry.after.sample != entry.before.sample
        values = groups.setdefault((sample, counted), {})
        values[entry.trigger] = texts[VALUE] if len(texts) == 1 else texts
    return [
        {"sample": sample, "counted": counted, "values": groups[sample, counted]} for sample, counted in sorted(groups)
    ]


def quiet_readings(data: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Observation]]:
    """Read what was read: trigger id -> role -> value. Raises LookupError, TypeError, ValueError otherwise."""
    return {
        name: {
            role: Value(parse_number(text), group["sample"])
            for role, text in ({VALUE: found} if isinstance(found, str) else found).items()
        }
        for group in data
        for name, found in group["values"].items()
    }


def quiet_states(data: Iterable[Mapping[str, Any]], before: Mapping[str, State], at: float) -> dict[str, State]:
    """Give the states after quiet readings, of the triggers whose state before is known."""
    return {
        name: after(before[name], at, sample=group["sample"], counted=group["counted"])
        for group in data
        for name in group["values"]
        if name in before
    }


def after(before: State, at: float, *, sample: float, counted: bool) -> State:
    """Give the state after a quiet reading."""
    return replace(before, last=round(at * 1000), sample=sample if counted else before.sample)
