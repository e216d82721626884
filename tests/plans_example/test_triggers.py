"""Every trigger of the examples fires and stays quiet in a case; every row of their matrices is decided, and is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.commands.triggers_test import try_cases
from rollback_gov.model.duration import Duration
from rollback_gov.model.trigger import Trigger
from rollback_gov.plans.load import load_plan
from rollback_gov.triggers.cases.load import LoadedCase, load_cases
from rollback_gov.triggers.cases.run import run_case
from rollback_gov.triggers.condition import limits, queries
from rollback_gov.triggers.proof.plan import prove_plan
from tests.conftest import ROOT
from tests.execution.marks import SLOW

PLANS = [path for path in sorted(ROOT.glob("plans-example/*/plan.yaml")) if load_plan(path).require().triggers]
NAMES = [path.parent.name for path in PLANS]


def test_the_five_systems_and_the_examples_have_triggers() -> None:
    assert {"genesis", "cortex-api", "docker-runbook", "dwcp-canary", "samia", "multi-region", "demo"} <= set(NAMES)


@pytest.mark.parametrize("plan", PLANS, ids=NAMES)
def test_each_case_comes_as_expected_and_together_they_show_everything(plan: Path) -> None:
    tested = try_cases(plan, ())
    assert [(case.name, case.mismatches) for case in tested.failed] == []
    assert tested.missing == ()


@pytest.mark.parametrize("plan", PLANS, ids=NAMES)
def test_each_trigger_and_each_row_is_proved(plan: Path) -> None:
    proof = prove_plan(load_plan(plan).require())
    assert proof.problems == ()
    assert len(proof.proved) == len(load_plan(plan).require().triggers)


FLIPPED = {"above": "at_least", "at_least": "above", "below": "at_most", "at_most": "below"}


def mutants(trigger: Trigger, every: Duration) -> Iterator[tuple[str, Trigger]]:
    """A trigger that decides a little otherwise: at the very limit, a reading later or earlier, without its guards."""
    step = (trigger.every or every).milliseconds
    for name, limit in limits(trigger).items():
        moved: dict[str, Any] = {name: None, FLIPPED[name]: limit}
        yield f"{name} is {FLIPPED[name]}", replace(trigger, **moved)
    if trigger.for_ is not None:
        yield "longer", replace(trigger, for_=Duration(trigger.for_.milliseconds + step))
        yield "shorter", replace(trigger, for_=Duration(trigger.for_.milliseconds - step))
    if trigger.count is not None and trigger.query.source != "manual":
        yield "once more", replace(trigger, count=trigger.count + 1)
    if trigger.count is not None and trigger.count > 1:
        yield "once less", replace(trigger, count=trigger.count - 1)
    if trigger.volume is not None:
        yield "without a least volume", replace(trigger, volume=None)
    if trigger.floor is not None:
        yield "without a floor", replace(trigger, floor=None)


LARGE = ("cortex-api", "dwcp-canary", "genesis", "samia")
BY_SIZE = [
    pytest.param(path, id=name, marks=SLOW if name in LARGE else ()) for path, name in zip(PLANS, NAMES, strict=True)
]


@pytest.mark.parametrize("path", BY_SIZE)
def test_a_trigger_that_decides_a_little_otherwise_fails_a_case(path: Path) -> None:
    """Cases that pass whatever the plan says would show nothing."""
    plan = load_plan(path).require()
    cases = load_cases(path.with_name("triggers.test.yaml"), plan)
    cases = tuple(sorted(cases, key=lambda loaded: max(one.at for one in loaded.case.expect)))
    survived = []
    for number, trigger in enumerate(plan.triggers):
        concerned = [
            case for case in cases if trigger.id in case.series or trigger.query.signal in (case.case.reports or {})
        ]
        for name, mutant in mutants(trigger, plan.watch.every):
            triggers = (*plan.triggers[:number], mutant, *plan.triggers[number + 1 :])
            changed = replace(plan, triggers=triggers)
            if not any(run_case(fitting(case, mutant), changed).mismatches for case in concerned):
                survived.append(f"{trigger.id}: {name}")
    assert not survived, "; ".join(survived)


def fitting(loaded: LoadedCase, mutant: Trigger) -> LoadedCase:
    """Let a series of the other side of a comparison stand under the comparison's new name."""
    own = loaded.series.get(mutant.id, {})
    moved = {FLIPPED[role] if role in FLIPPED and role not in queries(mutant) else role: own[role] for role in own}
    return replace(loaded, series={**loaded.series, **({mutant.id: moved} if own else {})})
