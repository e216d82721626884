from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.notify.texts import DEFAULTS, FIELDS, TITLES, facts, fill, unknown_fields

EVERYTHING = {name: f"the {name}" for name in FIELDS}


def test_the_fields_are_a_closed_list() -> None:
    wanted = "operation title environment reason eta elapsed sla phase step result report from to run"
    more = "region started time current next done checks role deadline answer contacts text level"
    assert set(f"{wanted} {more}".split()) == set(FIELDS)


def test_fields_are_replaced_literally() -> None:
    text = "Rollback of {operation} started: {reason}, back in {eta}"
    fields = {"operation": "op-7", "reason": "{eta} \\1 {0} %s", "eta": "15m"}
    assert fill(text, fields) == "Rollback of op-7 started: {eta} \\1 {0} %s, back in 15m"


def test_a_field_that_is_not_known_yet_says_so() -> None:
    assert fill("back in {eta}", {}) == "back in (eta not known)"
    assert fill("back in {eta}", {"eta": ""}) == "back in (eta not known)"


def test_an_unknown_field_stays_as_it_is_and_is_named_once() -> None:
    text = "{operation} {eat} {eat} {Reason} {operation.__class__} {} {0} {{x}}"
    assert fill(text, EVERYTHING) == "the operation {eat} {eat} {Reason} {operation.__class__} {} {0} {{x}}"
    assert unknown_fields(text) == ("eat", "Reason", "x")


@pytest.mark.parametrize("event", ["started", "progress", "gate", "completed", "failed", "escalated"])
def test_every_event_of_a_run_has_a_text_a_title_and_a_severity(event: str) -> None:
    title, severity = TITLES[event]
    assert title.isupper()
    assert severity in ("info", "warning", "error", "critical")
    assert "{" not in fill(DEFAULTS[event], EVERYTHING)


def test_no_default_text_has_an_unknown_field() -> None:
    assert set(DEFAULTS) == set(TITLES)
    assert [unknown_fields(text) for text in DEFAULTS.values()] == [()] * len(DEFAULTS)


def test_a_fact_that_is_not_known_is_left_out() -> None:
    known = {
        "operation": "op-7",
        "environment": "production",
        "run": "op-7-1",
        "reason": "errors",
        "to": "v3",
        "sla": "",
    }
    assert facts("started", known) == {
        "Reason": "errors",
        "Current version": "v3",
        "Operation": "op-7",
        "Environment": "production",
        "Run": "op-7-1",
    }
    assert facts("nobody knows this", {}) == {}


def test_what_failed_is_a_fact_where_the_text_does_not_say_it() -> None:
    known = {"text": "step 'Load' failed", "run": "op-7-1"}
    rest = {"Next": "rollback-gov status op-7-1", "Run": "op-7-1"}
    assert facts("failed", known, said="Call the DBA.") == {"What failed": "step 'Load' failed", **rest}
    assert facts("failed", known, said="It failed: step 'Load' failed.") == rest


@pytest.mark.parametrize("event", TITLES)
def test_facts_name_fields_that_exist(event: str) -> None:
    assert not [text for text in facts(event, EVERYTHING).values() if "{" in text or "not known" in text]


@pytest.mark.parametrize(
    ("event", "labels"),
    [
        ("started", "Reason, Current version, Rolling back to, Started, SLA, ETA, Operation, Environment, Run"),
        ("progress", "Status, Current, Next, Elapsed, SLA, ETA, Operation, Environment, Run"),
        (
            "completed",
            "Duration, SLA, Status, Rolled back to, Reason of the rollback, Next, Operation, Environment, Run",
        ),
    ],
)
def test_people_read_what_runbooks_tell_them(event: str, labels: str) -> None:
    assert ", ".join(facts(event, EVERYTHING)) == labels


@given(st.text(alphabet=string.printable))
def test_whatever_a_field_holds_is_put_in_as_it_is(text: str) -> None:
    assert fill("{reason}", {"reason": text}) == (text or "(reason not known)")
