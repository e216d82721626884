from __future__ import annotations

from decimal import Decimal

from rollback_gov.model.action import Http
from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Comparison, Expect, Header, Limit
from rollback_gov.model.step import Step
from rollback_gov.model.walk import walk


def test_every_record_with_its_path_in_the_order_of_the_document() -> None:
    step = Step(
        id="go",
        http=Http(url="http://x", headers={"A": Header(text="a"), "B": Header(parameter="B")}),
        timeout=Duration(1),
        expect=Expect(stdout=Comparison(above=Limit(value=Decimal(1)))),
    )
    assert [(path, type(record).__name__) for path, record in walk(step)] == [
        ((), "Step"),
        (("http",), "Http"),
        (("http", "headers", "A"), "Header"),
        (("http", "headers", "B"), "Header"),
        (("timeout",), "Duration"),
        (("expect",), "Expect"),
        (("expect", "stdout"), "Comparison"),
        (("expect", "stdout", "above"), "Limit"),
    ]


def test_lists_count_from_zero_and_reserved_names_lose_their_underscore() -> None:
    from rollback_gov.model.expect import Query
    from rollback_gov.model.trigger import Trigger

    triggers = (Trigger(id="a", query=Query(source="s")), Trigger(id="b", query=Query(source="s"), for_=Duration(5)))
    paths = [path for path, _ in walk(triggers)]
    assert (1, "for") in paths
    assert (0, "query", "timeout") in paths


def test_plain_values_hold_no_records() -> None:
    assert list(walk("text")) == []
    assert list(walk({"a": [1, 2]})) == []
