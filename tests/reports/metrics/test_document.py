from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from rollback_gov.plans.schema import check_schema
from rollback_gov.reports.metrics.document import metrics_document
from rollback_gov.reports.metrics.fold import metrics
from rollback_gov.reports.metrics.material import Material, PlanFacts
from tests.reports.metrics.runs import NO_FIGURES, at, deployed, run


def document(**material: Any) -> dict[str, Any]:
    known = {"now": at(1000), "window": timedelta(days=30), "environments": (), "unreadable": {}}
    figures = metrics(Material(**{**known, **material}))
    made = json.loads(json.dumps(metrics_document(figures, at(1000), ["run: damaged"]), allow_nan=False))
    assert check_schema("repository-metrics-v1", made) == ()
    return dict(made)


def test_what_nobody_knows_is_null_and_says_why() -> None:
    empty = document()
    assert (empty["version"], empty["at"], empty["problems"]) == (1, "2026-02-01T04:40:00Z", ["run: damaged"])
    assert empty["dora"]["since"] == "2026-01-02T04:40:00Z"
    assert empty["dora"]["services"] == {}
    assert empty["dora"]["whole"] == NO_FIGURES


def test_the_figures_by_service() -> None:
    found = document(deployments=(deployed(-5), deployed(60)), runs=(run(decided=0, breach=-2),))["dora"]
    assert found["whole"]["change_failure_rate"] == 0.5
    assert found["whole"]["recovery_seconds"] == 420
    assert found["services"]["api"] == found["services"]["auth"] == found["whole"]
    assert found["whole"]["why"] == {}


def test_every_sample_stands_in_its_family() -> None:
    found = {family["name"]: family for family in document(runs=(run(),))["metrics"]}
    executed = found["rollback_executed_total"]
    assert executed["type"] == "counter"
    labels = {"services": "api,auth", "environment": "production"}
    assert executed["samples"] == [{"name": "rollback_executed_total", "labels": labels, "value": 1}]
    assert "rollback_change_failure_ratio" not in found


def test_every_value_is_a_number_also_where_it_says_yes_or_no() -> None:
    plans = (
        PlanFacts(operation="op-1", services=("web",), level=2, rehearsed=1, is_enough=True, latest=at(0)),
        PlanFacts(operation="op-2", services=("web",), level=2, rehearsed=0, is_enough=False),
    )
    made = document(plans=plans, runs=(run(), run(took=None, run="open")), deployments=(deployed(-5),))
    values = [(sample["name"], sample["value"]) for family in made["metrics"] for sample in family["samples"]]
    assert ("rollback_plan_rehearsed", 1) in values
    assert [name for name, value in values if isinstance(value, bool)] == []
