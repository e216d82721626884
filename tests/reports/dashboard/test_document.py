"""The history for programs: what its schema promises is what comes."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from rollback_gov.plans.schema import check_schema
from rollback_gov.reports.dashboard.document import text
from rollback_gov.reports.dashboard.history import Broken, Read, history
from rollback_gov.reports.dashboard.open_work import OpenAction, OpenWaiver
from rollback_gov.reports.dashboard.readiness import ORDER, PlanState
from rollback_gov.reports.metrics.dora import Deployment
from tests.reports.dashboard.seen import NOW, golden, late, seen
from tests.reports.metrics.runs import NO_FIGURES, deployed

PLANS = tuple(
    PlanState(
        file=f"rollback/op-{number}/plan.yaml",
        operation=f"op-{number}",
        title="API",
        level=3,
        owner="",
        services=("api",),
        state=state,
    )
    for number, state in enumerate(ORDER)
)
ACTION = OpenAction(run="op-7", text="Enlarge the pool", owner="@ann", due="")
WAIVER = OpenWaiver(
    rule="RG101", operation="op-7", owner="ann", expires="2026-12-31", reason="old", counts=True, message=""
)
GOLDEN = ("failed", "passed", "regional", "rehearsed", "resumed")


def document(read: Read) -> dict[str, Any]:
    return dict(json.loads(text(history(read))))


def full() -> Read:
    runs = (*(golden(name) for name in GOLDEN), seen(late()), seen(late(gate=90)), seen(late(sla_seconds=0)))
    broken = (Broken(where="op-9", reason="damaged"),)
    made: tuple[Deployment, ...] = (deployed(-5),)
    return Read(
        now=NOW,
        since=NOW - timedelta(days=3650),
        runs=runs,
        plans=PLANS,
        actions=(ACTION,),
        waivers=(WAIVER,),
        unreadable=broken,
        deployments=made,
    )


@pytest.mark.parametrize("read", [Read(now=NOW), full()], ids=["nothing", "everything"])
def test_it_is_as_its_schema_says(read: Read) -> None:
    assert check_schema("history-v1", document(read)) == ()


def test_everything_that_the_schema_knows_comes() -> None:
    made = document(full())
    assert [name for name, value in made.items() if value in ([], "", None)] == []


@pytest.mark.parametrize("name", ["answer", "clocks", "dora", "kept", "plans", "version"])
def test_what_it_promises_is_required(name: str) -> None:
    made = document(full())
    del made[name]
    assert check_schema("history-v1", made) != ()


def test_figures_of_dora_are_those_of_the_metrics() -> None:
    assert document(Read(now=NOW))["dora"] == NO_FIGURES
