"""A deadline is for the whole request, not for each byte."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from rollback_gov.sources.deadline import Connection, Stopped
from tests.sources.web import Web


class Silent:
    """A server that takes connections, and reads or says as much as it likes."""

    def __init__(self, *, backlog: int = 5) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.port = self.socket.getsockname()[1]


@pytest.fixture
def silent() -> Iterator[Silent]:
    server = Silent()
    yield server
    server.socket.close()


def timed(connection: Connection, act: Callable[[], object], error: type[BaseException], seconds: float) -> None:
    began = time.monotonic()
    with pytest.raises(error):
        act()
    assert time.monotonic() - began < seconds
    connection.close()


@pytest.mark.parametrize("what", ["answer", "body", "room"])
def test_it_ends_soon_when_somebody_wants_to_stop(silent: Silent, what: str) -> None:
    connection = Connection("127.0.0.1", silent.port, tls=None)
    stop = threading.Event()
    connection.expect_within(60, stopped=stop.is_set)
    other, _ = silent.socket.accept()
    with other:
        threading.Timer(0.2, stop.set).start()
        if what == "room":  # a body that nobody reads
            timed(connection, lambda: connection.http.request("POST", "/", body=b"x" * 50_000_000), Stopped, 30)
            return
        connection.http.request("GET", "/")
        if what == "body":
            other.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        timed(connection, lambda: connection.http.getresponse().read(), Stopped, 30)


def test_a_handshake_that_never_ends_can_be_stopped_and_timed(silent: Silent) -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    for seconds, error in ((60.0, Stopped), (0.3, TimeoutError)):
        connection = Connection("127.0.0.1", silent.port, tls=ssl.create_default_context())
        timed(connection, partial(connection.expect_within, seconds, stopped=stop.is_set), error, 30)
        stop.clear()


def test_a_server_that_takes_no_connection_can_be_stopped_and_timed() -> None:
    server = Silent(backlog=0)
    waiting = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(1)]
    connection = Connection("127.0.0.1", server.port, tls=None)
    timed(connection, partial(connection.expect_within, 0.3), TimeoutError, 30)
    for each in waiting:
        each.close()
    server.socket.close()


def test_the_next_address_is_tried_and_the_last_trouble_told(silent: Silent, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = Silent()
    closed.socket.close()
    places = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in (closed.port, silent.port)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: places)
    connection = Connection("example.org", 80, tls=None)
    connection.expect_within(30)
    connection.close()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: places[:1])
    with pytest.raises(ConnectionRefusedError):
        Connection("example.org", 80, tls=None).expect_within(30)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    with pytest.raises(socket.gaierror):
        Connection("example.org", 80, tls=None).expect_within(30)


def test_a_deadline_that_has_passed_ends_the_request_before_it_begins(web: Web) -> None:
    connection = Connection("127.0.0.1", web.server_port, tls=None)
    connection.expect_within(30)
    with pytest.raises(TimeoutError):
        connection.expect_within(-1)
    connection.close()


def test_a_connection_knows_whether_the_other_side_is_still_there(web: Web) -> None:
    web.text("/a", "1")
    connection = Connection("127.0.0.1", web.server_port, tls=None)
    connection.expect_within(30)
    assert not connection.has_hung_up
    connection.http.request("GET", "/a")
    connection.http.getresponse().read()
    assert not connection.has_hung_up
    connection.close()


def test_a_network_that_cannot_be_reached_is_an_error_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    place = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("255.255.255.255", 9))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [place])
    with pytest.raises(OSError, match=r"."):
        Connection("example.org", 80, tls=None).expect_within(0.5)
