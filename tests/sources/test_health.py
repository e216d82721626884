"""Probes: 1 is healthy, 0 is not, and what says nothing about the service is an error."""

from __future__ import annotations

import socket
from decimal import Decimal
from threading import Thread

import pytest

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, Observation, Value
from rollback_gov.sources.book import SourceBook
from tests.servers import free_port
from tests.sources.web import Handler, Web

HEALTHY, UNHEALTHY = Value(Decimal(1), 50.0), Value(Decimal(0), 50.0)


def probe(book: SourceBook, url: str, timeout: str = "30s") -> Observation:
    return book.read(Query(source="health", url=url, timeout=Duration.parse(timeout)), 50.0)


@pytest.mark.parametrize("status", [200, 204])
def test_any_good_status_is_healthy(book: SourceBook, web: Web, status: int) -> None:
    web.text("/health", "", status=status)
    assert probe(book, f"{web.url}/health") == HEALTHY
    assert book.notes() == ()


@pytest.mark.parametrize("status", [404, 500, 503])
def test_a_bad_status_is_unhealthy(book: SourceBook, web: Web, status: int) -> None:
    web.text("/health", "", status=status)
    assert probe(book, f"{web.url}/health") == UNHEALTHY
    assert book.notes() == (f"unhealthy: the answer has status {status}",)


@pytest.mark.parametrize("status", [401, 403, 407, 429])
def test_a_probe_that_is_refused_is_an_error(book: SourceBook, web: Web, status: int) -> None:
    web.text("/health", "", status=status)
    assert probe(book, f"{web.url}/health") == Error(f"the answer has status {status}")


def test_a_service_that_does_not_run_is_unhealthy(book: SourceBook) -> None:
    url = f"http://127.0.0.1:{free_port()}/health"
    assert probe(book, url) == UNHEALTHY
    assert book.notes() == (f"unhealthy: {url} refuses connections",)


def test_a_service_that_hangs_is_unhealthy(book: SourceBook, web: Web) -> None:
    web.pages["/health"] = Handler.say_nothing
    assert probe(book, f"{web.url}/health", "300ms") == UNHEALTHY


def test_a_service_that_hangs_up_is_unhealthy(book: SourceBook, web: Web) -> None:
    web.pages["/health"] = lambda handler: handler.hang_up()
    assert probe(book, f"{web.url}/health") == UNHEALTHY


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://no-such-host.invalid/health", "cannot be resolved"),
        ("http://255.255.255.255/health", "cannot be reached"),
        ("mailto:health", "must begin with http"),
    ],
)
def test_what_says_nothing_about_the_service_is_an_error(book: SourceBook, url: str, reason: str) -> None:
    seen = probe(book, url)
    assert isinstance(seen, Error)
    assert reason in seen.reason


def test_a_redirect_says_nothing_about_the_service(book: SourceBook, web: Web) -> None:
    web.text("/health", "", status=301, headers={"Location": "/login"})
    seen = probe(book, f"{web.url}/health")
    assert isinstance(seen, Error)
    assert "redirect (301) to '/login'" in seen.reason


def test_a_service_that_cannot_be_asked_in_tls_is_an_error(book: SourceBook) -> None:
    """It answers at once, in clear: what waits for more of what it does not understand would count as silent."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answering = Thread(target=answer_in_clear, args=(server,))
        answering.start()
        assert isinstance(probe(book, f"https://127.0.0.1:{port}/health"), Error)
        answering.join()


def answer_in_clear(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        connection.recv(65_536)


def test_every_probe_has_a_connection_of_its_own(book: SourceBook, web: Web) -> None:
    web.text("/health", "ok")
    for _ in range(3):
        probe(book, f"{web.url}/health")
    assert len({asked.port for asked in web.asked}) == 3
