"""The way of a run, laid out before it starts. Pure; a table of choices and what becomes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.execution.itinerary import Choices, plan_itinerary
from rollback_gov.model.errors import UsageError
from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import load_text
from rollback_gov.plans.source import Source
from tests.execution.conftest import HEAD

BODY = """
point_of_no_return:
  description: the old tables are gone
  forward_fix:
    - {id: mend, steps: [{id: fix, run: fix}]}
    - {id: tell, steps: [{id: all, run: tell}]}
phases:
  - {id: drain, budget: 1m, steps: [{id: weight, run: drain}, {id: idle, run: wait}]}
  - id: database
    guard: before_point_of_no_return
    alternatives:
      - {id: dump, steps: [{id: load, run: load}, {id: rows, run: count}]}
      - {id: replica, steps: [{id: promote, run: promote}, {id: count, run: count}]}
      - {id: tape, steps: [{id: fetch, run: fetch}]}
  - {id: schema, guard: before_point_of_no_return, steps: [{id: down, run: down}]}
  - {id: open, name: Open the doors, objective: Traffic again, steps: [{id: weight, run: open}]}
recovery: [{id: clean, steps: [{id: up, run: clean}]}]
scenarios:
  - {id: quick, phases: [drain, {id: open, steps: [weight]}, verification]}
  - {id: replica-only, phases: [database], options: {database: replica}}
  - {id: counted, phases: [{id: database, steps: [rows, count]}]}
  - {id: idle-only, phases: [open, {id: drain, steps: [idle]}]}
"""


def load(body: str) -> Plan:
    return load_text(Path("plan.yaml"), Source("plan.yaml", HEAD + body)).require()


PLAN = load(BODY)
ALL_DUMP = "database/dump/load database/dump/rows"
ALL_REPLICA = "database/replica/promote database/replica/count"
DATABASE = f"{ALL_DUMP} {ALL_REPLICA} database/tape/fetch"


def way(choices: Choices, *, forward_fix: bool = False, plan: Plan = PLAN) -> str:
    """Every step in the order in which it may come, without ``phases/`` before it."""
    itinerary = plan_itinerary(plan, choices, forward_fix=forward_fix)
    paths = [path for leg in itinerary.legs for one in leg.ways for path, _ in leg.steps(one)]
    return " ".join(path.removeprefix("phases/") for path in paths)


@pytest.mark.parametrize(
    ("choices", "steps"),
    [
        (Choices(), f"drain/weight drain/idle {DATABASE} schema/down open/weight"),
        (Choices(scenario="quick"), "drain/weight drain/idle open/weight"),
        (Choices(scenario="idle-only"), "drain/idle open/weight"),
        (Choices(scenario="replica-only"), f"{ALL_REPLICA} {ALL_DUMP} database/tape/fetch"),
        (Choices(scenario="replica-only", options={"database": "dump"}), DATABASE),
        (Choices(scenario="counted"), "database/dump/rows database/replica/count"),
        (
            Choices(options={"database": "tape"}, start_at="database"),
            f"database/tape/fetch {ALL_DUMP} {ALL_REPLICA} schema/down open/weight",
        ),
        (Choices(start_at="open"), "open/weight"),
        (Choices(start_at="drain"), f"drain/weight drain/idle {DATABASE} schema/down open/weight"),
        (Choices(skip={"drain/idle": "it is idle"}), f"drain/weight drain/idle {DATABASE} schema/down open/weight"),
    ],
    ids=str,
)
def test_what_a_choice_makes_of_a_plan(choices: Choices, steps: str) -> None:
    assert way(choices) == steps


def test_an_alternative_without_a_chosen_step_is_none() -> None:
    """Else it would pass without doing anything when the others have failed."""
    (leg,) = plan_itinerary(PLAN, Choices(scenario="counted")).legs
    assert [way.id for way in leg.ways] == ["dump", "replica"]


@pytest.mark.parametrize(
    ("choices", "steps"),
    [
        (Choices(), "drain/weight drain/idle forward_fix/mend/fix forward_fix/tell/all open/weight"),
        (Choices(start_at="schema"), "forward_fix/mend/fix forward_fix/tell/all open/weight"),
        (Choices(scenario="replica-only"), "forward_fix/mend/fix forward_fix/tell/all"),
    ],
    ids=str,
)
def test_past_the_point_of_no_return_the_fix_stands_where_the_guarded_phases_were(choices: Choices, steps: str) -> None:
    assert way(choices, forward_fix=True) == steps


def test_without_a_guard_every_phase_is_guarded() -> None:
    plan = load(BODY.replace("guard: before_point_of_no_return", "name: Not guarded"))
    assert way(Choices(), forward_fix=True, plan=plan) == "forward_fix/mend/fix forward_fix/tell/all"


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (Choices(scenario="nonsense"), "no scenario 'nonsense' (it has: quick, replica-only, counted, idle-only)"),
        (Choices(options={"database": "nonsense"}), "no alternative 'nonsense' (it has: dump, replica, tape)"),
        (Choices(options={"drain": "dump"}), "Phase 'drain' has no alternative 'dump' (it has: none)"),
        (Choices(options={"nonsense": "dump"}), "Phase 'nonsense' has no alternative 'dump'"),
        (Choices(skip={"drain/nonsense": "why"}), "There is no step 'drain/nonsense'."),
        (Choices(skip={"drain": "why"}), "There is no step 'drain'."),
        (Choices(start_at="nonsense"), "no phase 'nonsense' to start at (there are: drain, database, schema, open)"),
        (Choices(scenario="quick", start_at="schema"), "no phase 'schema' to start at (there are: drain, open)"),
    ],
    ids=str,
)
def test_a_choice_that_the_plan_does_not_have(choices: Choices, message: str) -> None:
    with pytest.raises(UsageError) as wrong:
        plan_itinerary(PLAN, choices)
    assert message in str(wrong.value)


def test_a_plan_without_scenarios_says_so() -> None:
    plan = load("phases: [{id: one, steps: [{id: a, run: x}]}]")
    with pytest.raises(UsageError, match="it has: none"):
        plan_itinerary(plan, Choices(scenario="quick"))


def test_a_leg_is_found_by_its_path_and_recorded_for_the_reports() -> None:
    itinerary = plan_itinerary(PLAN, Choices())
    assert itinerary.leg("phases/open").record == {
        "path": "phases/open",
        "title": "Open the doors",
        "budget_seconds": 0.0,
        "objective": "Traffic again",
    }
    assert itinerary.leg("phases/drain").budget_seconds == 60
    assert itinerary.leg("recovery/clean").phase.id == "clean"
    with pytest.raises(KeyError):
        itinerary.leg("phases/clean")


def test_recovery_follows_every_scenario() -> None:
    itinerary = plan_itinerary(PLAN, Choices(scenario="quick"))
    assert [leg.path for leg in itinerary.recovery] == ["recovery/clean"]
