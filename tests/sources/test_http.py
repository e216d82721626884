"""Numbers out of plain answers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.sources.book import SourceBook
from tests.sources.web import Web


def read(book: SourceBook, web: Web, pointer: str = "") -> Observation:
    return book.read(Query(source="http", url=f"{web.url}/metric", pointer=pointer), 50.0)


@pytest.mark.parametrize(
    ("body", "observation"),
    [
        ("0.025\n", Value(Decimal("0.025"), 50.0)),
        ("", NoData("the answer is empty")),
        ("NaN", NoData("the value is NaN")),
        ("<html>sorry</html>", Error("'<html>sorry</html>' is not a number")),
    ],
)
def test_an_answer_can_be_nothing_but_a_number(book: SourceBook, web: Web, body: str, observation: Observation) -> None:
    web.text("/metric", body)
    assert read(book, web) == observation


@pytest.mark.parametrize(
    ("body", "observation"),
    [
        ('{"value": 0.1}', Value(Decimal("0.1"), 50.0)),
        ('{"value": "0.10"}', Value(Decimal("0.10"), 50.0)),
        ('{"value": NaN}', NoData("the value is NaN")),
        ('{"value": null}', NoData("the answer has null at /value")),
        ('{"value": ""}', NoData("the answer is empty")),
        ('{"value": true}', Error("the answer has no number at /value")),
        ('{"value": [1]}', Error("the answer has no number at /value")),
        ('{"value": "high"}', Error("'high' is not a number")),
        ('{"values": 1}', Error("the answer has nothing at /value")),
        ('{"value": 1', Error("the answer is not JSON")),
        ("[" * 50_000, Error("the answer is not JSON")),
    ],
)
def test_a_pointer_finds_the_number_in_json(book: SourceBook, web: Web, body: str, observation: Observation) -> None:
    web.text("/metric", body)
    assert read(book, web, "/value") == observation


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_a_bad_status_is_an_error_whatever_the_body(book: SourceBook, web: Web, status: int) -> None:
    web.text("/metric", "0", status=status)
    assert read(book, web) == Error(f"the answer has status {status}")


def test_a_redirect_is_not_followed_but_named(book: SourceBook, web: Web) -> None:
    web.text("/metric", "", status=302, headers={"Location": "https://sso.example/login?token=geheim"})
    reason = "the answer is a redirect (302) to 'https://sso.example/login'; use that address"
    assert read(book, web) == Error(reason)


def test_a_server_that_hangs_up_is_an_error(book: SourceBook, web: Web) -> None:
    web.pages["/metric"] = lambda handler: handler.hang_up()
    assert read(book, web) == Error(f"{web.url}/metric hung up before the answer was complete")
