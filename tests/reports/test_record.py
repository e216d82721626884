from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from rollback_gov.reports.identity import Identity
from rollback_gov.reports.incident import Incident, incident
from rollback_gov.reports.record import incident_record
from rollback_gov.reports.standing import Standing
from rollback_gov.resources import resource
from tests.reports import journals
from tests.reports.journals import STORIES, Story
from tests.reports.test_markdown import everywhere

SCHEMA = json.loads(resource("schemas", "incident-v1.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft7Validator(SCHEMA)
FACTS = {"text", "seconds", "count", "yesOrNo"}


@pytest.mark.parametrize("name", STORIES)
def test_the_record_of_every_run_fits_its_schema(name: str) -> None:
    events = STORIES[name]().events
    begun = next(number for number, event in enumerate(events, 1) if event.type == "run.started")
    for cut in (begun, (begun + len(events)) // 2, len(events)):
        record = incident_record(incident(events[:cut]))
        assert list(Draft7Validator(SCHEMA).iter_errors(json.loads(json.dumps(record)))) == []


def test_a_fact_says_what_how_it_is_known_and_from_where() -> None:
    record = incident_record(incident(journals.passed().events))
    assert (record["version"], record["run"], record["outcome"]) == (1, "op-7-20260131-120000-execute", "passed")
    assert record["sla"]["duration"] == {
        "value": 840,
        "provenance": "measured",
        "source": "from the decision until verified",
    }
    assert record["sla"]["met"] == {"value": True, "provenance": "derived", "source": "duration against the limit"}
    assert record["impact"]["users"]["provenance"] == "entered"
    assert record["steps"][0]["seconds"]["value"] == 45
    assert record["phases"][1]["within_budget"]["value"] is False


def test_what_is_unknown_is_null_and_says_why() -> None:
    record = incident_record(incident(journals.passed().events))
    unknown = {"value": None, "provenance": "not measured", "source": "revenue is counted elsewhere"}
    assert record["impact"]["revenue"] == unknown


@pytest.mark.parametrize(
    "wrong", [{"value": 0, "provenance": "not measured"}, {"value": None, "provenance": "measured"}]
)
def test_the_schema_refuses_an_invented_value_and_a_missing_one(wrong: dict[str, Any]) -> None:
    record = incident_record(incident(journals.passed().events))
    record["impact"]["complaints"] = {**wrong, "source": ""}
    assert list(Draft7Validator(SCHEMA).iter_errors(record))


def test_the_schema_is_a_correct_schema() -> None:
    Draft7Validator.check_schema(SCHEMA)


def mirrored_part(cls: type, name: str, document: dict[str, Any]) -> Iterator[tuple[type, dict[str, Any]]]:
    """Walk a part of a record's type and its schema side by side."""
    part = document["properties"][name]
    target = part.get("items", part).get("$ref", "").rpartition("/")[2]
    hint = get_type_hints(cls)[name]
    inner = next((one for one in (hint, *get_args(hint)) if isinstance(one, type) and is_dataclass(one)), None)
    if inner is not None and target and target not in FACTS:
        definition = SCHEMA["definitions"][target]
        yield inner, definition
        for item in fields(inner):
            yield from mirrored_part(inner, item.name, definition)


def test_the_schema_has_exactly_the_keys_of_the_records() -> None:
    top = {"version"} | {item.name for part in (Identity, Standing) for item in fields(part)}
    below = {item.name for item in fields(Incident)} - {"identity", "standing"}
    assert set(SCHEMA["properties"]) == set(SCHEMA["required"]) == top | below
    seen = [pair for name in below for pair in mirrored_part(Incident, name, SCHEMA)]
    assert len(seen) > 20
    for cls, document in seen:
        names = {item.name for item in fields(cls)}
        assert set(document["properties"]) == set(document["required"]) == names, cls.__name__


def test_a_record_is_plain_json() -> None:
    record = incident_record(incident(Story().start().events))
    assert json.loads(json.dumps(record)) == record


@settings(max_examples=30)
@given(st.text(min_size=1, max_size=30))
def test_no_text_of_a_plan_or_a_person_breaks_the_record(text: str) -> None:
    record = json.loads(json.dumps(incident_record(incident(everywhere(text).events))))
    assert list(VALIDATOR.iter_errors(record)) == []
    assert record["warnings"] == [text]
    assert record["overrides"][0]["reason"] == text
