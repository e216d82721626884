"""What holds in the end, value by value, and which file says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rollback_gov.model.finding import Place
from rollback_gov.model.policy import Special
from rollback_gov.model.record import Record
from rollback_gov.policy.levels import LEVELS, defaults, given, tighter
from rollback_gov.policy.organisation import Layer, Organisation

DEFAULT = "default"


class Value(Record):
    """One value: its name with dots between the keys, the value as text, and where it comes from.

    ``source`` is a place, or ``default``, or what it follows from.
    """

    name: str
    value: str
    source: str = DEFAULT


def effective(organisation: Organisation, patterns: Sequence[str]) -> tuple[Value, ...]:
    """Give all values; ``patterns`` are those under which plans are found by default.

    Raises UsageError for a policy that loosens anything.
    """
    _ = organisation.policy
    layers = organisation.layers
    return (
        *(value for level in LEVELS for value in _level(layers, level)),
        *_floors(layers),
        *_special(layers),
        *_discovery(layers, patterns),
        _evidence(layers),
        *_rules(layers),
    )


def _level(layers: Sequence[Layer], level: int) -> Iterator[Value]:
    values: dict[str, tuple[Any, str]] = {name: (value, DEFAULT) for name, value in defaults(level).items()}
    for layer in layers:
        for number in map(str, LEVELS[:level]):
            settings = (layer.policy.levels or {}).get(number)
            for name, value in given(settings) if settings else ():
                now = values[name][0]
                if value != now and tighter(name, now, value) == value:
                    values[name] = (value, str(layer.place("levels", number, name)))
    for name, limit in (("target", "sla"), ("permit_life", "permit_longest")):
        if values[name][0] > values[limit][0]:
            values[name] = (values[limit][0], f"no longer than {limit}")
    for name, (value, source) in values.items():
        yield Value(name=f"levels.{level}.{name}", value=str(value), source=source)


def _floors(layers: Sequence[Layer]) -> Iterator[Value]:
    found: dict[str, Value] = {}
    for layer in layers:
        floors = layer.policy.floors
        for kind in ("services", "environments"):
            levels: Mapping[str, int] = (getattr(floors, kind) if floors else None) or {}
            for name, level in levels.items():
                key = f"floors.{kind}.{name}"
                found[key] = Value(name=key, value=str(level), source=str(layer.place("floors", kind, name)))
    yield from found.values()


def _special(layers: Sequence[Layer]) -> Iterator[Value]:
    for layer in layers:
        for index, special in enumerate(layer.policy.special):
            for level, settings in special.levels.items():
                for name, value in given(settings):
                    place: Place = layer.place("special", index, "levels", level, name)
                    yield Value(name=f"levels.{level}.{name} for {_whom(special)}", value=str(value), source=str(place))


def _whom(special: Special) -> str:
    whom = [f"service {' or '.join(special.services)}"] if special.services else []
    whom += [f"environment {' or '.join(special.environments)}"] if special.environments else []
    return " in ".join(whom) or "everybody"


def _discovery(layers: Sequence[Layer], patterns: Sequence[str]) -> Iterator[Value]:
    found = {
        pattern: str(layer.place("discovery", index))
        for layer in reversed(layers)
        for index, pattern in enumerate(layer.policy.discovery)
    }
    for pattern, source in (found or dict.fromkeys(patterns, DEFAULT)).items():
        yield Value(name="discovery", value=pattern, source=source)


def _evidence(layers: Sequence[Layer]) -> Value:
    strict = next((layer for layer in layers if layer.policy.evidence == "error"), None)
    if strict is not None:
        return Value(name="evidence", value="error", source=str(strict.place("evidence")))
    says = next((str(layer.place("evidence")) for layer in layers if layer.says("evidence")), DEFAULT)
    return Value(name="evidence", value="warning", source=says)


def _rules(layers: Sequence[Layer]) -> Iterator[Value]:
    for layer in layers:
        for index, rule in enumerate(layer.policy.rules):
            yield Value(name=f"rules.{rule.code}", value=rule.message, source=str(layer.place("rules", index)))
