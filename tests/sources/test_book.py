"""Which source a query names."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import pytest

from rollback_gov.model.environment import Environment, Environments, SourceSettings
from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, Value
from rollback_gov.sources.book import KINDS, SourceBook
from tests.sources.web import Web


def source(url: str) -> SourceSettings:
    return SourceSettings(kind="http", url=url)


def test_a_source_is_the_environments_or_the_shared_one(web: Web) -> None:
    web.text("/own", "1")
    web.text("/shared", "2")
    environment = Environment(class_="staging", sources={"metrics": source(f"{web.url}/own")})
    shared_sources = {"metrics": source(f"{web.url}/shared"), "more": source(f"{web.url}/shared")}
    shared = Environments(environments={}, sources=shared_sources)
    with SourceBook(environment, shared, environ={}, parameters={}) as book:
        assert book.read(Query(source="metrics"), 1.0) == Value(Decimal(1), 1.0)
        assert book.read(Query(source="more"), 1.0) == Value(Decimal(2), 1.0)


def test_a_source_may_have_the_name_of_a_kind(web: Web) -> None:
    web.text("/metric", "1")
    environment = Environment(class_="staging", sources={"prometheus": source(f"{web.url}/metric")})
    with SourceBook(environment, environ={}, parameters={}) as book:
        assert book.read(Query(source="prometheus"), 1.0) == Value(Decimal(1), 1.0)


def test_an_unknown_source_is_an_error_that_lists_the_known_ones() -> None:
    environment = Environment(class_="staging", sources={"metrics": source("http://metrics.example")})
    book = SourceBook(environment, environ={}, parameters={})
    seen = book.read(Query(source="prometeus"), 1.0)
    assert isinstance(seen, Error)
    assert seen.reason.startswith("there is no source 'prometeus' (known: metrics, prometheus, http, ")


def test_sources_of_one_server_share_its_connection(web: Web) -> None:
    web.text("/a", "1")
    web.text("/b", "2")
    environment = Environment(class_="staging", sources={"a": source(f"{web.url}/a"), "b": source(f"{web.url}/b")})
    with SourceBook(environment, environ={}, parameters={}) as book:
        book.read(Query(source="a"), 1.0)
        book.read(Query(source="b"), 1.0)
    assert len({asked.port for asked in web.asked}) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_answers_an_empty_query_without_raising(kind: str) -> None:
    with SourceBook(environ={}, parameters={}) as book:
        assert isinstance(book.read(Query(source=kind), 1.0), Error)


def test_the_book_can_be_closed_before_anything_was_read_and_twice() -> None:
    book = SourceBook(environ={}, parameters={})
    book.close()
    book.close()


def test_nothing_that_speaks_http_is_loaded_before_a_reading() -> None:
    code = (
        "import sys; from rollback_gov.sources.book import SourceBook; SourceBook(environ={}, parameters={});"
        "print([name for name in ('http.client', 'ssl', 'requests', 'urllib3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
