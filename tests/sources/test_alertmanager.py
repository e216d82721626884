"""Counting alerts."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any
from urllib.request import Request, urlopen

import pytest

from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, Value
from rollback_gov.sources.book import SourceBook
from tests.servers import free_port
from tests.sources.web import Web


def test_active_alerts_with_these_labels_are_counted(book: SourceBook, web: Web) -> None:
    web.json("/am/api/v2/alerts", [{"labels": {}}, {"labels": {}}])
    query = Query(source="alertmanager", url=f"{web.url}/am/", alerts={"service": "orders", "team": 'a "b"\\'})
    assert book.read(query, 3.0) == Value(Decimal(2), 3.0)
    fields = web.asked[0].fields
    assert [value for name, value in fields if name == "filter"] == ['service="orders"', r'team="a \"b\"\\"']
    assert ("silenced", "false") in fields


def test_no_alert_is_zero(book: SourceBook, web: Web) -> None:
    web.json("/api/v2/alerts", [])
    assert book.read(Query(source="alertmanager", url=web.url), 3.0) == Value(Decimal(0), 3.0)


@pytest.mark.parametrize(
    ("document", "status", "reason"),
    [
        ({"status": "success"}, 200, "the answer is no list of alerts"),
        ("bad matcher format", 400, "the answer has status 400"),
    ],
)
def test_anything_else_is_an_error(book: SourceBook, web: Web, document: Any, status: int, reason: str) -> None:
    web.json("/api/v2/alerts", document, status=status)
    assert book.read(Query(source="alertmanager", url=web.url), 3.0) == Error(reason)


def test_an_answer_that_is_no_json_is_an_error(book: SourceBook, web: Web) -> None:
    web.text("/api/v2/alerts", "<html>")
    assert book.read(Query(source="alertmanager", url=web.url), 3.0) == Error("the answer is not JSON")


def test_an_alertmanager_that_does_not_run_is_an_error(book: SourceBook) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert isinstance(book.read(Query(source="alertmanager", url=url), 3.0), Error)


def test_the_real_program_answers_in_this_shape(alertmanager: str, book: SourceBook) -> None:
    query = Query(source="alertmanager", url=alertmanager, alerts={"service": 'or"ders'})
    assert book.read(query, 3.0) == Value(Decimal(0), 3.0)
    alerts = [
        {"labels": {"alertname": "Slow", "service": 'or"ders'}},
        {"labels": {"alertname": "Slow", "service": "x"}},
    ]
    body = json.dumps(alerts).encode()
    urlopen(Request(f"{alertmanager}/api/v2/alerts", data=body, headers={"Content-Type": "application/json"})).close()
    limit = time.monotonic() + 60
    while book.read(query, 3.0) == Value(Decimal(0), 3.0) and time.monotonic() < limit:
        time.sleep(0.05)
    assert book.read(query, 3.0) == Value(Decimal(1), 3.0)
