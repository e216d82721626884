"""A policy and those that it extends, as one. Whoever extends a policy may only be stricter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from rollback_gov.model.errors import UsageError
from rollback_gov.model.finding import Place
from rollback_gov.model.policy import CustomRule, Floors, LevelSettings, Policy
from rollback_gov.model.record import Record
from rollback_gov.plans.source_map import SourceMap
from rollback_gov.policy.levels import LEVELS, defaults, given, tighter, tightest

Path = tuple[str | int, ...]


class Layer(Record):
    """One policy file."""

    policy: Policy
    source_map: SourceMap

    def place(self, *path: str | int) -> Place:
        """Say where in the file a value stands."""
        return self.source_map.place(path)

    def says(self, *path: str | int) -> bool:
        """Tell whether the file says something there."""
        return self.source_map.node(path) is not None


class Organisation(Record):
    """All policy files that hold, the one that extends nothing first. Without files the defaults hold."""

    layers: tuple[Layer, ...] = ()

    @cached_property
    def policy(self) -> Policy:
        """What all of them say together. Raises UsageError that names every value that is loosened, with its place."""
        _check(self.layers)
        policies = [layer.policy for layer in self.layers]
        return Policy(
            levels=_levels(policies),
            floors=_floors(policies),
            special=tuple(special for policy in policies for special in policy.special),
            discovery=tuple(dict.fromkeys(pattern for policy in policies for pattern in policy.discovery)),
            evidence="error" if any(policy.evidence == "error" for policy in policies) else "warning",
            rules=tuple(rule for policy in policies for rule in policy.rules),
        )

    def place_of_rule(self, code: str) -> Place:
        """Say where a rule of the organisation's own is written."""
        found = (
            layer.place("rules", index)
            for layer in self.layers
            for index, rule in enumerate(layer.policy.rules)
            if rule.code == code
        )
        return next(found)


def _levels(policies: Iterable[Policy]) -> Mapping[str, LevelSettings] | None:
    levels: dict[str, LevelSettings] = {}
    for policy in policies:
        for name, settings in (policy.levels or {}).items():
            levels[name] = tightest(levels.get(name), settings)
    return levels or None


def _floors(policies: Iterable[Policy]) -> Floors | None:
    given_floors = [policy.floors for policy in policies if policy.floors is not None]
    if not given_floors:
        return None
    services: dict[str, int] = {}
    environments: dict[str, int] = {}
    for floors in given_floors:
        services |= floors.services or {}
        environments |= floors.environments or {}
    return Floors(services=services or None, environments=environments or None)


def _check(layers: tuple[Layer, ...]) -> None:
    loose = [*_loose_levels(layers), *_loose_special(layers), *_loose_floors(layers), *_loose_evidence(layers)]
    if loose:
        raise UsageError(f"The policy loosens a level. {' '.join(loose)}", hint="Only tighter values count.")
    seen: dict[str, CustomRule] = {}
    for layer in layers:
        for index, rule in enumerate(layer.policy.rules):
            if rule.code in seen:
                where = layer.place("rules", index, "code")
                raise UsageError(f"{where}: There are two rules {rule.code}.", hint="Give one of them another code.")
            seen[rule.code] = rule


def _loose_levels(layers: Iterable[Layer]) -> Iterator[str]:
    known = {str(level): defaults(level) for level in LEVELS}
    whose = dict.fromkeys(((level, name) for level in known for name in known[level]), "the level's own")
    for layer in layers:
        for level, settings in (layer.policy.levels or {}).items():
            for name, value, own in _looser(known[level], settings):
                where = layer.place("levels", level, name)
                yield _sentence(level, name, value, f"{whose[level, name]} is {own}", where)
            for name, value in given(settings):
                known[level][name], whose[level, name] = value, f"that of {layer.place().file}"


def _loose_special(layers: Iterable[Layer]) -> Iterator[str]:
    for layer in layers:
        for index, special in enumerate(layer.policy.special):
            for level, settings in special.levels.items():
                for name, value, own in _looser(defaults(int(level)), settings):
                    where = layer.place("special", index, "levels", level, name)
                    yield _sentence(level, name, value, f"the level's own is {own}", where)


def _looser(own: Mapping[str, Any], settings: LevelSettings) -> Iterator[tuple[str, Any, Any]]:
    """Give name, value and what it is held against of each value that is looser than that."""
    for name, value in given(settings):
        if tighter(name, own[name], value) != value:
            yield name, value, own[name]


def _sentence(level: str, name: str, value: Any, against: str, where: Place) -> str:
    return f"Level {level}: '{name}' is {value}, and {against} ({where})."


def _loose_floors(layers: Iterable[Layer]) -> Iterator[str]:
    known: dict[tuple[str, str], tuple[int, Place]] = {}
    for layer in layers:
        floors = layer.policy.floors or Floors()
        for kind, levels in (("services", floors.services), ("environments", floors.environments)):
            for name, level in (levels or {}).items():
                least, where = known.get((kind, name), (0, layer.place()))
                here = layer.place("floors", kind, name)
                if level < least:
                    yield f"The floor of '{name}' is {level}, and {where.file} says {least} ({here})."
                known[kind, name] = (level, here)


def _loose_evidence(layers: Iterable[Layer]) -> Iterator[str]:
    strict = ""
    for layer in layers:
        if strict and layer.says("evidence") and layer.policy.evidence == "warning":
            yield f"'evidence' is warning, and {strict} says error ({layer.place('evidence')})."
        strict = strict or (layer.place().file if layer.policy.evidence == "error" else "")
