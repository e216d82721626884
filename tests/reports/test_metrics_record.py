from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft7Validator

from rollback_gov.reports.fact import Entered, Fact, NotMeasured
from rollback_gov.reports.incident import Incident, incident
from rollback_gov.reports.metrics_record import metrics_record
from rollback_gov.resources import resource
from tests.reports import journals
from tests.reports.journals import REASON, STORIES, Story

SCHEMA = json.loads(resource("schemas", "metrics-v1.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft7Validator(SCHEMA)
FIELDS = {
    "rollback_execution": "triggered_at trigger_type trigger_reason trigger_value trigger_threshold completed_at "
    "total_duration_seconds sla_seconds sla_met sla_buffer_seconds",
    "rollback_success": "success attempts verification_passed all_services_healthy",
    "impact_metrics": "downtime_seconds affected_requests failed_requests customer_impact revenue_impact_usd",
    "quality_metrics": "rollback_tested_before automated_rollback manual_intervention_required "
    "rollback_documentation_followed rollback_plan_accuracy",
}


def of(story: Story) -> dict[str, Any]:
    return metrics_record(incident(story.events))


def figure(story: Story, group: str, name: str) -> Any:
    return of(story)["rollback_metrics"][group][name]


@pytest.mark.parametrize("name", STORIES)
def test_the_figures_of_every_run_fit_their_schema_wherever_it_was_cut(name: str) -> None:
    events = STORIES[name]().events
    begun = next(number for number, event in enumerate(events, 1) if event.type == "run.started")
    for cut in (begun, (begun + len(events)) // 2, len(events)):
        document = json.loads(json.dumps(metrics_record(incident(events[:cut]))))
        assert list(VALIDATOR.iter_errors(document)) == []
        for group, known in document["provenance"].items():
            assert known.keys() == document["rollback_metrics"][group].keys()
            for key, how in known.items():
                assert (document["rollback_metrics"][group][key] is None) == (how["provenance"] == "not measured")


def test_every_field_has_its_name_and_its_place() -> None:
    Draft7Validator.check_schema(SCHEMA)
    document = of(journals.passed())["rollback_metrics"]
    assert {group: list(document[group]) for group in FIELDS} == {
        group: names.split() for group, names in FIELDS.items()
    }
    assert (document["operation_id"], document["permit_id"]) == ("op-7", "f" * 64)


def test_a_run_in_figures() -> None:
    document = of(journals.passed())["rollback_metrics"]
    assert document["rollback_execution"] == {
        "triggered_at": "2026-01-31T12:00:00.000Z",
        "trigger_type": "automatic",
        "trigger_reason": "error-rate",
        "trigger_value": 0.025,
        "trigger_threshold": 0.01,
        "completed_at": "2026-01-31T12:14:00.000Z",
        "total_duration_seconds": 840,
        "sla_seconds": 900,
        "sla_met": True,
        "sla_buffer_seconds": 60,
    }
    assert document["phase_timings"] == {"drain": 45, "database": 182, "verification": 143}
    assert document["impact_metrics"] == {
        "downtime_seconds": None,
        "affected_requests": None,
        "failed_requests": None,
        "customer_impact": "one login in forty fails",
        "revenue_impact_usd": None,
    }
    assert document["quality_metrics"]["rollback_plan_accuracy"] == round(1 - (2 + 23) / (60 + 180 + 120), 3)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.025", 0.025),
        ("above 20 %", 0.2),
        ("above 20%", 0.2),
        ("-3e-2", -0.03),
        ("between 1 and 2", None),
        ("p99 above 500", 500),
        ("high", None),
    ],
)
def test_a_number_is_read_out_of_a_text_only_where_there_is_one(text: str, number: float | None) -> None:
    story = Story().start(reason={**REASON, "value": text})
    assert figure(story, "rollback_execution", "trigger_value") == number


def test_what_people_did_by_hand_counts_against_the_plan() -> None:
    document = of(journals.gated())["rollback_metrics"]
    assert document["quality_metrics"]["automated_rollback"] is False
    assert document["quality_metrics"]["manual_intervention_required"] is True
    assert document["quality_metrics"]["rollback_documentation_followed"] is False
    assert figure(journals.failed(), "quality_metrics", "rollback_documentation_followed") is False
    assert figure(journals.fallen_back(), "rollback_success", "attempts") == 2


def test_only_a_valid_permit_says_that_it_was_rehearsed() -> None:
    assert figure(journals.passed(), "quality_metrics", "rollback_tested_before") is True
    assert figure(journals.failed(), "quality_metrics", "rollback_tested_before") is None
    assert figure(Story().start(level=1).permit().end("passed", 1), "quality_metrics", "rollback_tested_before") is None


def with_revenue(revenue: Fact[str]) -> Incident:
    facts = incident(journals.passed().events)
    return replace(facts, impact=replace(facts.impact, revenue=revenue))


@pytest.mark.parametrize(
    ("said", "dollars"), [("$0", 0), ("$1,250.50 (estimated)", 1250.5), ("USD 30", 30), ("30 EUR", None), ("$3k", None)]
)
def test_only_dollars_are_dollars(said: str, dollars: float | None) -> None:
    document = metrics_record(with_revenue(Entered(said, "written in the report")))
    assert document["rollback_metrics"]["impact_metrics"]["revenue_impact_usd"] == dollars


def test_a_run_without_phases_has_no_accuracy() -> None:
    story = Story().start(phases=[])
    assert figure(story, "quality_metrics", "rollback_plan_accuracy") is None
    assert metrics_record(with_revenue(NotMeasured("")))["provenance"]["impact_metrics"]["revenue_impact_usd"] == {
        "provenance": "not measured",
        "source": "",
    }
