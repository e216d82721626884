"""Addresses and credentials of a source."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from rollback_gov.model.duration import Duration
from rollback_gov.model.environment import Environment, SourceSettings
from rollback_gov.model.expect import Header, Query
from rollback_gov.model.observation import Error, Observation, Value
from rollback_gov.sources.book import SourceBook
from tests.sources.web import Handler, Web

ENVIRON = {"TOKEN": "geheim-token", "NAME": "ana", "WORD": "geheim-wort", "EMPTY": ""}


def book_with(
    web: Web, *, parameters: dict[str, str] | None = None, url: str | None = None, **settings: Any
) -> SourceBook:
    """A book whose source ``metrics`` has these settings; the endpoint ``api`` is the same server."""
    source = SourceSettings(kind="http", url=f"{web.url}/metric" if url is None else url, **settings)
    environment = Environment(class_="staging", sources={"metrics": source}, endpoints={"api": f"{web.url}/base/"})
    return SourceBook(environment, environ=ENVIRON, parameters=parameters or {})


def read(book: SourceBook, **query: Any) -> Observation:
    with book:
        return book.read(Query(source="metrics", **query), 1.0)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({}, "/metric"),
        ({"path": "/orders"}, "/metric/orders"),
        ({"path": "orders/"}, "/metric/orders/"),
        ({"endpoint": "api", "path": "/orders"}, "/base/orders"),
        ({"endpoint": "api"}, "/base/"),
    ],
)
def test_an_address_is_the_sources_or_an_endpoints_and_a_path(web: Web, query: dict[str, Any], path: str) -> None:
    web.text(path, "5")
    assert isinstance(read(book_with(web), **query), Value)


def test_a_querys_own_url_goes_before_the_sources(web: Web) -> None:
    web.text("/other", "5")
    assert isinstance(read(book_with(web), url=f"{web.url}/other"), Value)


def test_an_endpoint_that_the_environment_does_not_name_is_an_error(web: Web) -> None:
    reason = "the environment names no endpoint 'apy' (known: api)"
    assert read(book_with(web), endpoint="apy") == Error(reason)


def test_a_source_without_an_address_is_an_error(web: Web) -> None:
    seen = read(book_with(web, url=""))
    assert isinstance(seen, Error)
    assert "the http source has no address" in seen.reason


def test_a_bearer_token_comes_from_the_environment(web: Web) -> None:
    web.text("/metric", "5")
    read(book_with(web, bearer_token_env="TOKEN"))
    assert web.asked[0].headers["Authorization"] == "Bearer geheim-token"


@pytest.mark.parametrize(("password", "expected"), [("WORD", "YW5hOmdlaGVpbS13b3J0"), ("", "YW5hOg==")])
def test_a_name_and_a_password_come_from_the_environment(web: Web, password: str, expected: str) -> None:
    web.text("/metric", "5")
    read(book_with(web, username_env="NAME", password_env=password))
    assert web.asked[0].headers["Authorization"] == f"Basic {expected}"


@pytest.mark.parametrize("name", ["ABSENT", "EMPTY"])
def test_credentials_that_are_not_set_are_an_error(web: Web, name: str) -> None:
    reason = f"the environment variable {name} that holds the credentials is not set"
    assert read(book_with(web, bearer_token_env=name)) == Error(reason)
    assert not web.asked


def test_headers_are_text_or_parameters(web: Web) -> None:
    web.text("/metric", "5")
    settings = {"X-Scope": Header(text="orders"), "X-Key": Header(parameter="KEY")}
    read(book_with(web, headers=settings, parameters={"KEY": "k-1"}), headers={"X-Scope": Header(text="payments")})
    assert web.asked[0].headers["X-Key"] == "k-1"
    assert web.asked[0].headers["X-Scope"] == "payments"


def test_a_parameter_without_a_value_is_an_error(web: Web) -> None:
    seen = read(book_with(web), headers={"X-Key": Header(parameter="KEY")})
    assert seen == Error("the parameter 'KEY' that a header needs has no value")


def test_credentials_never_follow_a_querys_url_to_another_place(web: Web) -> None:
    web.text("/metric", "5")
    settings = {"X-Key": Header(text="geheim")}
    other = book_with(web, url="http://prometheus.example:9090", bearer_token_env="TOKEN", headers=settings)
    other_endpoints = SourceBook(
        Environment(class_="staging", sources={"metrics": other._settings["metrics"]}), environ=ENVIRON, parameters={}
    )
    read(other_endpoints, url=f"{web.url}/metric")
    assert not {"Authorization", "X-Key"} & set(web.asked[0].headers)


def test_no_secret_is_in_a_reason(web: Web) -> None:
    web.json(
        "/metric/api/v1/query",
        {"status": "error", "errorType": "x", "error": "bad geheim-wort k-12 YW5hOmdlaGVpbS13b3J0"},
    )
    source = SourceSettings(kind="prometheus", url=f"{web.url}/metric", username_env="NAME", password_env="WORD")
    book = SourceBook(
        Environment(class_="staging", sources={"metrics": source}),
        environ=ENVIRON,
        parameters={"KEY": "k-12"},
        mask=lambda text: text.replace("bad", "good"),
    )
    seen = read(book, expr="up", headers={"X-Key": Header(parameter="KEY")})
    assert seen == Error("Prometheus refuses the query (x): 'good *** *** ***'")


def test_the_timeout_is_the_querys_or_else_the_sources(web: Web) -> None:
    web.pages["/metric"] = Handler.say_nothing
    patient = book_with(web, timeout=Duration(200))
    assert read(patient) == Error(f"{web.url}/metric gave no answer within 0.2s")
    assert read(book_with(web), timeout=Duration(100)) == Error(f"{web.url}/metric gave no answer within 0.1s")


@pytest.mark.parametrize(("minutes", "word"), [(-5, "ahead of"), (5, "behind")])
def test_a_clock_that_differs_from_the_servers_is_noted_once(web: Web, minutes: int, word: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)
    raw = f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 1\r\n\r\n5"
    web.pages["/metric"] = lambda handler: handler.wfile.write(raw.encode())
    book = book_with(web)
    for _ in range(2):
        book.read(Query(source="metrics"), 1.0)
    assert book.notes() == (f"our clock is more than a second {word} that of 127.0.0.1:{web.server_port}",)
    assert book.notes() == ()
    book.close()
