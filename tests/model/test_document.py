from __future__ import annotations

from decimal import Decimal

import pytest

from rollback_gov.model.action import Http, Probe
from rollback_gov.model.document import key_of, to_document
from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Expect, Header, Limit
from rollback_gov.model.plan import Change, Metadata, Plan, Window
from rollback_gov.model.step import Phase, Step


def plan(**fields: object) -> Plan:
    phases = (Phase(id="undo", steps=(Step(id="go", run="true"),)),)
    metadata = Metadata(operation="op-1", title="A change", owner="team", level=2)
    return Plan(**{"metadata": metadata, "phases": phases, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "key"), [("from_", "from"), ("for_", "for"), ("class_", "class"), ("run", "run")])
def test_a_field_that_python_reserves_has_its_own_key(name: str, key: str) -> None:
    assert key_of(name) == key


def test_a_record_is_what_was_written_and_no_default() -> None:
    assert to_document(plan(sla=Duration(900_000), change=Change(from_={"api": "v1"}))) == {
        "metadata": {"operation": "op-1", "title": "A change", "owner": "team", "level": 2},
        "change": {"from": {"api": "v1"}},
        "sla": "15m",
        "phases": [{"id": "undo", "steps": [{"id": "go", "run": "true"}]}],
    }


def test_without_prose_only_what_runs_is_left() -> None:
    step = Step(id="go", name="Go", notes="Carefully", run="true", when=Probe(run="false", name="Is it needed?"))
    bare = plan(phases=(Phase(id="undo", name="Undo", objective="Undone", steps=(step,)),), notes="Anything")
    assert to_document(bare, prose=False) == {
        "metadata": {"operation": "op-1", "level": 2},
        "phases": [{"id": "undo", "steps": [{"id": "go", "run": "true", "when": {"run": "false"}}]}],
    }


def test_exact_values_become_text() -> None:
    window = Window(name="after", for_=Duration(5_400_000), every=Duration(60_000))
    assert to_document(window) == {"name": "after", "for": "1h30m", "every": "1m"}
    assert to_document(Limit(value=Decimal("0.010"), times=Decimal("1.50"))) == {"value": "0.01", "times": "1.5"}


def test_what_is_required_is_always_there_also_when_it_is_empty() -> None:
    assert to_document(Step(id="")) == {"id": ""}


def test_json_bodies_keep_their_shape_and_have_no_floats() -> None:
    http = Http(url="http://x", json={"list": [1, "a", True, None], "ratio": 0.5}, headers={"X": Header(parameter="T")})
    assert to_document(http) == {
        "url": "http://x",
        "headers": {"X": {"parameter": "T"}},
        "json": {"list": [1, "a", True, None], "ratio": "0.5"},
    }


def test_an_empty_mapping_says_as_much_as_none_at_all() -> None:
    assert to_document(plan(parameters={})) == to_document(plan(parameters=None)) == to_document(plan())


def test_an_empty_json_body_is_something_to_send() -> None:
    assert to_document(Http(url="http://x", json={})) == {"url": "http://x", "json": {}}
    assert to_document(Http(url="http://x")) == {"url": "http://x"}


def test_tuples_become_lists() -> None:
    assert to_document(Expect(exit=(0, 3))) == {"exit": [0, 3]}
