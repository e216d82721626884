"""The levels' own numbers, and what a policy may change of them: only to the stricter side."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.duration import Duration
from rollback_gov.model.evidence import ATTESTATIONS
from rollback_gov.model.policy import Floors, LevelSettings, Policy
from rollback_gov.policy.levels import LEVELS, floor, requirements

DEFAULTS = Policy()


TABLE = {
    2: ("30m", "20m", "warning, plan review", "14d", 1, "1d", "7d", ("staging-test",)),
    3: ("15m", "10m", "incident review", "3d", 2, "8h", "2d", ("staging-test", "production-like-test")),
    4: ("10m", "5m", "executive review", "2d", 3, "4h", "1d", ("staging-test", "production-like-test")),
}


@pytest.mark.parametrize("level", TABLE)
def test_the_table(level: int) -> None:
    demands = requirements(level, DEFAULTS)

    assert TABLE[level] == (
        str(demands.sla),
        str(demands.target),
        demands.breach,
        str(demands.evidence_max_age),
        demands.approvers,
        str(demands.permit_life),
        str(demands.permit_longest),
        demands.kinds,
    )
    assert demands.per_region is (level == 4)
    assert demands.attestations == (ATTESTATIONS if level >= 3 else ())


def test_level_1_is_advice() -> None:
    demands = requirements(1, DEFAULTS)

    assert (demands.approvers, demands.kinds, demands.attestations, demands.breach) == (0, (), (), "nothing")


def test_a_policy_tightens() -> None:
    policy = Policy(levels={"3": LevelSettings(sla=Duration.parse("12m"), approvers=4)})

    demands = requirements(3, policy)

    assert (str(demands.sla), demands.approvers, str(demands.target)) == ("12m", 4, "10m")


def test_what_holds_for_a_level_holds_for_those_above() -> None:
    policy = Policy(levels={"2": LevelSettings(evidence_max_age=Duration.parse("1d"))})

    assert str(requirements(4, policy).evidence_max_age) == "1d"


def test_a_value_that_is_tight_for_its_level_loosens_none_above() -> None:
    policy = Policy(levels={"2": LevelSettings(sla=Duration.parse("20m"))})

    assert str(requirements(3, policy).sla) == "15m"


def test_target_and_permit_life_never_exceed_what_holds_them() -> None:
    settings = LevelSettings(sla=Duration.parse("8m"), permit_longest=Duration.parse("2h"))
    demands = requirements(3, Policy(levels={"3": settings}))

    assert (str(demands.target), str(demands.permit_life)) == ("8m", "2h")


@pytest.mark.parametrize(
    "settings",
    [
        LevelSettings(sla=Duration.parse("20m")),
        LevelSettings(target=Duration.parse("11m")),
        LevelSettings(evidence_max_age=Duration.parse("4d")),
        LevelSettings(approvers=1),
        LevelSettings(permit_life=Duration.parse("9h")),
        LevelSettings(permit_longest=Duration.parse("3d")),
    ],
)
@pytest.mark.parametrize("asked", LEVELS)
def test_what_is_looser_than_the_level_counts_for_nothing(settings: LevelSettings, asked: int) -> None:
    assert requirements(asked, Policy(levels={"3": settings})) == requirements(asked, DEFAULTS)


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_keeps_to_its_own_limits(level: int) -> None:
    demands = requirements(level, DEFAULTS)

    assert demands.target <= demands.sla
    assert demands.permit_life <= demands.permit_longest


@given(
    level=st.sampled_from(LEVELS),
    at=st.sampled_from(LEVELS),
    sla=st.integers(0, 600_000).map(Duration),
    approvers=st.integers(3, 9),
)
def test_no_policy_makes_a_level_looser(level: int, at: int, sla: Duration, approvers: int) -> None:
    demands = requirements(level, Policy(levels={str(at): LevelSettings(sla=sla, approvers=approvers)}))
    plain = requirements(level, DEFAULTS)

    assert demands.sla <= plain.sla
    assert demands.target <= demands.sla
    assert demands.approvers >= plain.approvers


def test_there_is_no_floor_by_default() -> None:
    assert floor(["payments"], DEFAULTS, environment="production") == (0, "")


@pytest.mark.parametrize(
    ("services", "environment", "expected"),
    [
        (["payments"], "", (3, "service 'payments'")),
        (["mail", "payments"], "", (3, "service 'payments'")),
        (["mail"], "production", (2, "environment 'production'")),
        (["payments"], "production", (3, "service 'payments'")),
        (["mail"], "staging", (0, "")),
        ([], "", (0, "")),
    ],
)
def test_the_highest_floor_counts(services: list[str], environment: str, expected: tuple[int, str]) -> None:
    policy = Policy(floors=Floors(services={"payments": 3}, environments={"production": 2}))

    assert floor(services, policy, environment=environment) == expected
