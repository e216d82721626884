from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from rollback_gov.model.action import Gate, Http, Notify, Probe
from rollback_gov.model.document import to_document
from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Comparison, Expect, Header, JsonComparison, Limit, Query, Same
from rollback_gov.model.number import format_number, parse_number
from rollback_gov.model.people import CallWhen, Contact
from rollback_gov.model.plan import PassedWhen, Plan, Selection, Window
from rollback_gov.model.step import Retry, Step
from rollback_gov.plans.build import ValueOutOfRange, build
from rollback_gov.plans.references import check_references
from rollback_gov.plans.schema import check_schema
from tests.thoroughness import examples

from .documents import DOCUMENTS, spoiled

# Exactness


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (0.01, "0.01"),
        ("1%", "0.01"),
        ("0.1%", "0.001"),
        (0.1, "0.1"),
        (3, "3"),
        (-2.5, "-2.5"),
        ("99.999999999999999999%", "0.99999999999999999999"),
        (1e300, "1" + "0" * 300),
        (10**40, "1" + "0" * 40),
    ],
)
def test_a_limit_is_exactly_what_was_written(written: Any, value: str) -> None:
    limit = build(Limit, written).value
    assert isinstance(limit, Decimal)
    assert limit == Decimal(value)


def test_a_ratio_and_its_fraction_are_the_same_limit() -> None:
    assert build(Limit, "1%") == build(Limit, 0.01) == build(Limit, {"value": "0.01"})


@pytest.mark.parametrize("written", ["90s", "1m30s", "90000ms"])
def test_durations_are_the_same_however_they_are_written(written: str) -> None:
    assert build(Step, {"id": "a", "wait": written}).wait == Duration(90_000)


def test_a_whole_number_may_be_written_with_a_point() -> None:
    retry = build(Retry, {"times": 3.0, "factor": 1.5})
    assert (retry.times, type(retry.times), retry.factor) == (3, int, Decimal("1.5"))
    assert build(Expect, {"exit": 3.0}).exit == (3,)


@pytest.mark.parametrize(
    ("written", "value"),
    [("2.10", "2.10"), (2.5, Decimal("2.5")), (True, True), (7, 7), ("", ""), (0, 0), (False, False)],
)
def test_the_value_of_equals_keeps_its_type(written: Any, value: Any) -> None:
    same = build(Same, written)
    assert (same.value, type(same.value)) == (value, type(value))


def test_the_json_of_a_request_is_left_as_it_is() -> None:
    body: Any = {"a": [1, 0.5, None, True, "x", {"b": {}}]}
    assert build(Http, {"url": "http://x", "json": body}).json == body


# Short forms


@pytest.mark.parametrize(
    ("kind", "short", "long"),
    [
        (Header, "text/plain", {"text": "text/plain"}),
        (Limit, 5, {"value": 5}),
        (Same, "x", {"value": "x"}),
        (Gate, "Go on?", {"ask": "Go on?"}),
        (Notify, "Done", {"message": "Done"}),
        (Probe, "./ask.sh", {"run": "./ask.sh"}),
        (PassedWhen, "./level.sh", {"run": "./level.sh"}),
        (Retry, 3, {"times": 3}),
        (Selection, "drain", {"id": "drain"}),
        (CallWhen, "Always", {"case": "Always"}),
    ],
)
def test_a_short_form_is_its_one_field(kind: Any, short: Any, long: Any) -> None:
    assert build(kind, short) == build(kind, long)


def test_one_value_stands_for_a_list_of_one() -> None:
    expect = build(Expect, {"status": 200, "json": {"pointer": "/a", "equals": 1}})
    assert expect.status == (200,)
    assert expect.json == (JsonComparison(pointer="/a", equals=Same(value=1)),)
    assert expect == build(Expect, {"status": [200], "json": [{"pointer": "/a", "equals": {"value": 1}}]})


def test_keys_that_python_reserves_find_their_fields() -> None:
    assert build(Window, {"name": "w", "for": "5m", "every": "1m"}).for_ == Duration(300_000)
    assert build(CallWhen, {"after": "1m", "while": "failed"}).while_ == "failed"


def test_records_stand_inside_records() -> None:
    step = build(
        Step,
        {
            "id": "a",
            "http": {"endpoint": "api", "headers": {"A": {"parameter": "TOKEN"}, "B": "c"}},
            "expect": {"stdout": {"at_most": {"query": {"source": "exec", "run": "echo 1"}, "times": "50%"}}},
        },
    )
    assert step.http == Http(endpoint="api", headers={"A": Header(parameter="TOKEN"), "B": Header(text="c")})
    limit = Limit(query=Query(source="exec", run="echo 1"), times=Decimal("0.5"))
    assert step.expect == Expect(stdout=Comparison(at_most=limit))


def test_what_is_left_out_has_its_default() -> None:
    assert build(Contact, {"role": "DBA", "reach": "on-call"}) == Contact(role="DBA", reach="on-call", when=None)


def test_nothing_is_the_same_as_left_out() -> None:
    assert build(Http, {"url": "x", "json": None}) == build(Http, {"url": "x"})


# What no schema can exclude


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"sla": "99999d"}, ("sla",)),
        ({"watch": {"every": "99999d"}}, ("watch", "every")),
        ({"phases": [{"id": "p", "steps": [{"id": "s", "wait": "99999d"}]}]}, ("phases", 0, "steps", 0, "wait")),
        ({"contacts": [{"role": "a", "reach": "b", "when": {"after": "99999d"}}]}, ("contacts", 0, "when", "after")),
    ],
)
def test_a_value_out_of_range_says_where_it_is(change: dict[str, Any], path: tuple[Any, ...]) -> None:
    document = DOCUMENTS["sketch"] | change
    assert check_schema("plan-v1", document) == ()
    with pytest.raises(ValueOutOfRange, match="'99999d' is longer than ten years") as error:
        build(Plan, document)
    assert error.value.path == path


def test_a_value_in_a_short_form_says_where_the_short_form_is() -> None:
    with pytest.raises(ValueOutOfRange) as error:
        build(Step, {"id": "s", "expect": {"json": {"pointer": "/a", "below": "1e9999"}}})
    assert error.value.path == ("expect", "json", "below")


# There and back


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_example_written_out_and_read_again_is_the_same_plan(name: str) -> None:
    plan = build(Plan, with_fractions_as_text(DOCUMENTS[name]))
    written = to_document(plan)
    assert check_schema("plan-v1", {"apiVersion": "rollback-gov/v1", "kind": "RollbackPlan", **written}) == ()
    assert build(Plan, written) == plan
    assert to_document(build(Plan, DOCUMENTS[name])) == written


def with_fractions_as_text(document: Any) -> Any:
    """A written-out plan has no floats: no digest depends on how somebody's machine prints them."""
    if isinstance(document, dict):
        return {key: with_fractions_as_text(value) for key, value in document.items()}
    if isinstance(document, list):
        return [with_fractions_as_text(value) for value in document]
    return format_number(parse_number(document)) if isinstance(document, float) else document


@given(spoiled())
@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_plan_that_the_schema_accepts_is_built_and_means_the_same_when_read_again(document: Any) -> None:
    if check_schema("plan-v1", document):
        return
    try:
        plan = build(Plan, document)
    except ValueOutOfRange:
        return
    list(check_references(plan))
    written = to_document(plan)
    assert to_document(build(Plan, written)) == written
