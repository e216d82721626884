from __future__ import annotations

import pytest

from rollback_gov.model.action import Gate, Notify
from rollback_gov.model.duration import Duration
from rollback_gov.model.plan import Metadata, Plan, PointOfNoReturn, Scenario, Selection
from rollback_gov.model.step import Alternative, Phase, Step


def step(name: str) -> Step:
    return Step(id=name, run="true")


def phase(name: str, **fields: object) -> Phase:
    return Phase(**{"id": name, "steps": (step(f"{name}-step"),), **fields})  # type: ignore[arg-type]


def plan(*phases: Phase, **fields: object) -> Plan:
    return Plan(metadata=Metadata(operation="op", level=2), phases=phases, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "action"),
    [
        (Step(id="a", run="true"), "run"),
        (Step(id="a", wait=Duration(0)), "wait"),
        (Step(id="a", manual="Look at it"), "manual"),
        (Step(id="a", gate=Gate(ask="Go on?")), "gate"),
        (Step(id="a", notify=Notify(message="Hello")), "notify"),
    ],
)
def test_a_step_has_one_action(given: Step, action: str) -> None:
    assert given.action == action
    assert given.payload == getattr(given, action)


def test_people_read_the_name_or_else_the_id() -> None:
    assert (Step(id="a", name="Go", run="true").title, step("b").title) == ("Go", "b")
    assert (Phase(id="a", name="Drain").title, Phase(id="b").title) == ("Drain", "b")


def test_plain_steps_are_the_one_way_through_a_phase() -> None:
    plain = phase("drain")
    assert plain.ways == (Alternative(id="", steps=plain.steps),)
    assert plain.all_steps == plain.steps


def test_all_steps_are_those_of_every_alternative() -> None:
    ways = (Alternative(id="a", steps=(step("one"),)), Alternative(id="b", steps=(step("two"), step("three"))))
    forked = phase("restore", steps=(), alternatives=ways)
    assert forked.ways == ways
    assert [item.id for item in forked.all_steps] == ["one", "two", "three"]


def test_every_step_comes_with_its_path_in_the_document() -> None:
    ways = (Alternative(id="a", steps=(step("one"),)), Alternative(id="b", steps=(step("two"),)))
    fix = PointOfNoReturn(description="dropped", forward_fix=(phase("fix"),))
    whole = plan(
        phase("drain"),
        phase("restore", steps=(), alternatives=ways),
        point_of_no_return=fix,
        recovery=(phase("after"),),
        last_resort=(phase("rebuild"),),
    )
    assert [(path, item.id) for path, _, item in whole.every_step()] == [
        (("phases", 0, "steps", 0), "drain-step"),
        (("phases", 1, "alternatives", 0, "steps", 0), "one"),
        (("phases", 1, "alternatives", 1, "steps", 0), "two"),
        (("point_of_no_return", "forward_fix", 0, "steps", 0), "fix-step"),
        (("recovery", 0, "steps", 0), "after-step"),
        (("last_resort", 0, "steps", 0), "rebuild-step"),
    ]


def test_a_scenario_is_found_by_its_id() -> None:
    some = Scenario(id="some", phases=(Selection(id="drain"),))
    assert plan(phase("drain"), scenarios=(some,)).scenario("some") == some
    assert plan(phase("drain"), scenarios=(some,)).scenario("other") is None


def test_without_a_point_of_no_return_nothing_is_guarded() -> None:
    assert plan(phase("drain")).guarded == frozenset()
    assert plan(phase("drain"), point_of_no_return=PointOfNoReturn(none="stateless")).guarded == frozenset()
    assert plan(phase("drain")).forward_fix == ()


def test_past_the_point_of_no_return_the_marked_phases_are_guarded_or_else_all() -> None:
    point = PointOfNoReturn(description="dropped", forward_fix=(phase("fix"),))
    marked = phase("restore", guard="before_point_of_no_return")
    assert plan(phase("drain"), marked, point_of_no_return=point).guarded == {"restore"}
    assert plan(phase("drain"), phase("restore"), point_of_no_return=point).guarded == {"drain", "restore"}
    assert plan(phase("drain"), point_of_no_return=point).forward_fix == (phase("fix"),)
