"""What each certification level demands, merged with what the organisation demands on top."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields, replace
from typing import Any

from rollback_gov.model.duration import Duration
from rollback_gov.model.policy import LevelSettings, Policy, Special
from rollback_gov.model.record import Record

LEVELS = (1, 2, 3, 4)
_HOUR = 3_600_000
_MINUTE = 60_000


class LevelRequirements(Record):
    """The demands of one level that are numbers or names. What a plan must contain is the work of the rules."""

    level: int
    name: str
    sla: Duration
    """From the decision to verified; of one region where ``per_region`` is true."""
    target: Duration
    per_region: bool = False
    breach: str
    """What follows when the SLA was not met."""
    evidence_max_age: Duration
    approvers: int
    """How many distinct people, none of them an author."""
    permit_life: Duration
    permit_longest: Duration
    waiver_longest: Duration
    kinds: tuple[str, ...] = ()
    """Kinds of rehearsal of which each must be there, in the words of ``Evidence.kind``."""
    attested: bool = False
    """Whether the approvers attest something beside their yes."""

    @property
    def attestations(self) -> tuple[str, ...]:
        """What each must be attested by somebody; the records around it are imported only by those who ask."""
        from rollback_gov.model.evidence import ATTESTATIONS

        return ATTESTATIONS if self.attested else ()


_TABLE = {
    1: LevelRequirements(
        level=1,
        name="advice",
        sla=Duration(30 * _MINUTE),
        target=Duration(20 * _MINUTE),
        breach="nothing",
        evidence_max_age=Duration(14 * 24 * _HOUR),
        approvers=0,
        permit_life=Duration(24 * _HOUR),
        permit_longest=Duration(168 * _HOUR),
        waiver_longest=Duration(90 * 24 * _HOUR),
    ),
    2: LevelRequirements(
        level=2,
        name="standard",
        sla=Duration(30 * _MINUTE),
        target=Duration(20 * _MINUTE),
        breach="warning, plan review",
        evidence_max_age=Duration(14 * 24 * _HOUR),
        approvers=1,
        permit_life=Duration(24 * _HOUR),
        permit_longest=Duration(168 * _HOUR),
        waiver_longest=Duration(90 * 24 * _HOUR),
        kinds=("staging-test",),
    ),
    3: LevelRequirements(
        level=3,
        name="advanced",
        sla=Duration(15 * _MINUTE),
        target=Duration(10 * _MINUTE),
        breach="incident review",
        evidence_max_age=Duration(72 * _HOUR),
        approvers=2,
        permit_life=Duration(8 * _HOUR),
        permit_longest=Duration(48 * _HOUR),
        waiver_longest=Duration(30 * 24 * _HOUR),
        attested=True,
        kinds=("staging-test", "production-like-test"),
    ),
    4: LevelRequirements(
        level=4,
        name="master",
        sla=Duration(10 * _MINUTE),
        target=Duration(5 * _MINUTE),
        per_region=True,
        breach="executive review",
        evidence_max_age=Duration(48 * _HOUR),
        approvers=3,
        permit_life=Duration(4 * _HOUR),
        permit_longest=Duration(24 * _HOUR),
        waiver_longest=Duration(14 * 24 * _HOUR),
        attested=True,
        kinds=("staging-test", "production-like-test"),
    ),
}


def requirements(level: int, policy: Policy) -> LevelRequirements:
    """Give the demands of a level (1 to 4). Each level includes those below, with what the policy says of them.

    A value that is looser than the level's own counts for nothing; whoever reads a policy refuses it.
    """
    result = _TABLE[level]
    if not policy.levels:
        return result
    for number in LEVELS[:level]:
        settings = policy.levels.get(str(number), LevelSettings())
        result = replace(
            result, **{name: tighter(name, getattr(result, name), value) for name, value in given(settings)}
        )
    return replace(
        result,
        target=min(result.target, result.sla),
        permit_life=min(result.permit_life, result.permit_longest),
    )


def defaults(level: int) -> dict[str, Any]:
    """Give a level's own values of everything that a policy may tighten."""
    return {item.name: getattr(_TABLE[level], item.name) for item in fields(LevelSettings)}


def policy_for(policy: Policy, services: Collection[str], environment: str) -> Policy:
    """Give the policy with the levels that are tighter for these services in that environment (empty: not known)."""
    levels = policy.levels or {}
    for special in policy.special:
        if _holds(special, services, environment):
            levels = {**levels, **{name: tightest(levels.get(name), more) for name, more in special.levels.items()}}
    return replace(policy, levels=levels) if policy.special else policy


def _holds(special: Special, services: Collection[str], environment: str) -> bool:
    by_service = not special.services or any(name in services for name in special.services)
    return by_service and (not special.environments or environment in special.environments)


def tightest(one: LevelSettings | None, other: LevelSettings) -> LevelSettings:
    """Give the tighter of both for each value that one of them has."""
    if one is None:
        return other
    values = dict(given(one))
    for name, value in given(other):
        values[name] = tighter(name, values[name], value) if name in values else value
    return LevelSettings(**values)


def floor(services: Iterable[str], policy: Policy, *, environment: str = "") -> tuple[int, str]:
    """Give the least level that the policy demands, and for what ("service 'payments'"); ``(0, "")`` for none."""
    floors = policy.floors
    if floors is None:
        return 0, ""
    demands = [((floors.services or {}).get(name, 0), f"service '{name}'") for name in services]
    demands.append(((floors.environments or {}).get(environment, 0), f"environment '{environment}'"))
    level, what = max(demands, key=lambda demand: demand[0])
    return (level, what) if level else (0, "")


def given(settings: LevelSettings) -> Iterator[tuple[str, Any]]:
    """Give what the settings say, name by name."""
    for item in fields(settings):
        value = getattr(settings, item.name)
        if value is not None:
            yield item.name, value


def tighter(name: str, one: Any, other: Any) -> Any:
    """Give the stricter of two values of one demand."""
    return max(one, other) if name == "approvers" else min(one, other)
