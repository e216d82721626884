"""The dashboard's server against clients that are lost, slow, hostile or too many."""

from __future__ import annotations

import http.client
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Event

import pytest

from rollback_gov.commands import dashboard_http
from rollback_gov.commands.dashboard_guard import Refusal, guard_of
from rollback_gov.commands.dashboard_http import DashboardServer
from rollback_gov.commands.dashboard_request import REQUEST_SECONDS, Content, Request
from rollback_gov.commands.dashboard_serve import Listening, serve, serving
from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.stop import Stop
from rollback_gov.model.errors import UsageError
from tests.reports.golden_runs import GOLDEN, write_golden

SECRET = "what nobody may read"


class Board:
    """A site whose stream says what a test puts into it."""

    def __init__(self, piece: bytes = b"") -> None:
        self.piece, self.ended = piece, 0

    def page(self, path: str, query: dict[str, str]) -> Content | Refusal:
        if path == "/broken":
            raise LookupError(SECRET)
        return Content(f"{path} {sorted(query.items())}", "default-src 'none'")

    def stream(self, query: dict[str, str], mark: str, closing: Event) -> Iterator[bytes]:
        try:
            yield f"data: {mark}\n\n".encode()
            while not closing.is_set():
                yield self.piece
                closing.wait(0.01)
        finally:
            self.ended += 1


class Running:
    """A server in this process."""

    def __init__(self, site: Board, token: str | None = None) -> None:
        self.site, self.said = site, list[str]()
        guard = guard_of("127.0.0.1", (), token)
        self.server = DashboardServer("127.0.0.1", 0, guard, site, self.said.append)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=60)

    def answer(self, request: bytes) -> bytes:
        """Send bytes and read to the end."""
        with self.connect() as client:
            client.sendall(request)
            return to_the_end(client)

    def get(self, path: str, **headers: str) -> tuple[int, str, http.client.HTTPMessage]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)) as connection:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers


def to_the_end(client: socket.socket) -> bytes:
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts)


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """One server for all tests that bend nothing."""
    with closing(Running(Board())) as server:
        yield server


def get(path: str = "/", more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode()


def test_a_page_comes_with_everything_that_keeps_it_to_itself(running: Running) -> None:
    status, text, headers = running.get("/?run=a%20b")
    assert (status, text) == (200, "/ [('run', 'a b')]")
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers
    assert headers["Server"].strip() == "rollback-gov"


def test_head_gives_no_page(running: Running) -> None:
    answer = running.answer(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert status_of(answer) == 200
    assert answer.endswith(b"\r\n\r\n")
    assert b"Content-Length: 4\r\n" in answer


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"])
def test_a_dashboard_changes_nothing(running: Running, method: str) -> None:
    answer = running.answer(f"{method} / HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert status_of(answer) == 405
    assert b"\r\nAllow: GET, HEAD\r\n" in answer


@pytest.mark.parametrize(
    ("request_bytes", "expected"),
    [
        pytest.param(b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414, id="line"),
        pytest.param(b"GET /" + b"a" * 200_000, 414, id="line without an end"),
        pytest.param(get(more=f"X: {'a' * 20_000}\r\n"), 431, id="header"),
        pytest.param(get(more="".join(f"X-{n}: {'a' * 200}\r\n" for n in range(90))), 431, id="headers"),
        pytest.param(get(more="".join(f"X-{n}: a\r\n" for n in range(500))), 431, id="many headers"),
        pytest.param(get(more="Content-Length: 5\r\n") + b"hello", 413, id="body"),
        pytest.param(get(more="Content-Length: 99999999\r\n") + b"x" * 100_000, 413, id="large body"),
        pytest.param(get(more="Transfer-Encoding: chunked\r\n") + b"5\r\nhello\r\n0\r\n\r\n", 413, id="chunks"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 421, id="no host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: evil.example.org\r\n\r\n", 421, id="rebound name"),
        pytest.param(b"GET http://evil.example.org/ HTTP/1.1\r\nHost: evil.example.org\r\n\r\n", 421, id="proxy"),
        pytest.param(b"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n", 505, id="version"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400, id="TLS"),
        pytest.param(b"<script>alert(1)</script>\r\n\r\n", 400, id="no request"),
    ],
)
def test_what_is_no_modest_request_is_refused_and_not_repeated(
    running: Running, request_bytes: bytes, expected: int
) -> None:
    answer = running.answer(request_bytes)
    assert status_of(answer) == expected
    assert b"text/plain" in answer
    assert b"script" not in answer
    assert b"evil" not in answer
    assert len(answer) < 1000


def test_a_query_of_a_thousand_names_is_none(running: Running) -> None:
    assert running.get("/?" + "&".join(f"a{n}=1" for n in range(1000)))[1] == "/ []"


def test_who_sends_one_byte_after_the_other_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard_http, "REQUEST_SECONDS", 0.3)
    with closing(Running(Board())) as running, running.connect() as client:
        sent = 0
        with suppress(OSError):  # a broken pipe or a reset, as it comes
            for byte in get(more=f"X: {'a' * 10_000}\r\n"):
                client.sendall(bytes((byte,)))
                sent += 1
                time.sleep(0.02)
        assert sent < 1000
        assert running.get("/")[0] == 200


def test_who_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard_http, "REQUEST_SECONDS", 0.2)
    with closing(Running(Board())) as running, running.connect() as client:
        assert to_the_end(client) == b""


def test_who_reads_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Request.timeout == REQUEST_SECONDS
    monkeypatch.setattr(Request, "timeout", 0.3)
    board = Board(piece=b"x" * 200_000)
    with closing(Running(board)) as running, running.connect() as client:
        client.sendall(get("/events"))
        wait(lambda: board.ended == 1)
        assert running.said == []


def test_streams_are_bounded_and_one_that_ends_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard_http, "MOST_STREAMS", 2)
    board = Board(piece=b": still here\n\n")
    with closing(Running(board)) as running:
        clients = [running.connect() for _ in range(2)]
        for client in clients:
            client.sendall(get("/events"))
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
        status, text, headers = running.get("/events")
        assert (status, headers["Retry-After"]) == (503, "2")
        assert "Too many look on already" in text
        assert running.get("/")[0] == 200
        clients[0].close()
        wait(lambda: board.ended == 1)
        with running.connect() as third:
            third.sendall(get("/events"))
            assert third.recv(1000).startswith(b"HTTP/1.1 200")
        clients[1].close()


def test_readers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard_http, "MOST_READERS", 3)
    with closing(Running(Board())) as running:
        waiting = [running.connect() for _ in range(3)]
        wait(lambda: running.server.readers == 3)
        with running.connect() as one_more:
            assert b" 503 " in to_the_end(one_more)
        for client in waiting:
            client.close()
        wait(lambda: running.server.readers == 0)
        assert running.get("/")[0] == 200


def test_a_stream_goes_on_from_where_the_page_was(running: Running) -> None:
    for more, path, mark in (
        ("Last-Event-ID: 7.2\r\n", "/events?mark=3", b"7.2"),
        ("", "/events?mark=3", b"3"),
        ("", "/events", b""),
    ):
        with running.connect() as client:
            client.sendall(get(path, more))
            answer = b""
            while b"data: " not in answer:
                answer += client.recv(1000)
            assert answer.endswith(b"data: " + mark + b"\n\n")
            assert b"Content-Type: text/event-stream; charset=utf-8\r\n" in answer


def test_a_defect_names_its_place_and_nothing_of_the_request(running: Running) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        running.get("/broken?token=abc", Authorization="Bearer abc")
    wait(lambda: running.said)
    assert running.said[0].startswith("internal error: LookupError in test_dashboard_http.py:")
    assert SECRET not in running.said[0]
    assert "abc" not in running.said[0]
    assert running.get("/")[0] == 200


def test_at_its_end_nothing_is_left() -> None:
    before = set(threading.enumerate())
    board = Board(piece=b": still here\n\n")
    running = Running(board)
    with running.connect() as reading, running.connect() as silent:
        reading.sendall(get("/events"))
        assert reading.recv(1000).startswith(b"HTTP/1.1 200")
        wait(lambda: running.server.readers == 2)
        running.close()
        assert to_the_end(silent) == b""
    assert board.ended == 1
    assert set(threading.enumerate()) <= before


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with serving(Listening(incidents=tmp_path, bind="127.0.0.1", port=0), {}) as address:
        port = int(address.split(":")[2].strip("/"))
        taken_port = Listening(incidents=tmp_path, bind="127.0.0.1", port=port)
        with pytest.raises(UsageError, match=f"port {port}: ") as taken, serving(taken_port, {}):
            pass
        assert "--port PORT" in taken.value.hint
    with serving(Listening(incidents=tmp_path, bind="127.0.0.1", port=port), {}) as again:
        assert again == address


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="this machine has no IPv6")
def test_it_listens_on_the_loopback_of_version_6(tmp_path: Path) -> None:
    with serving(Listening(incidents=tmp_path, bind="::1", port=0), {}) as address:
        assert address.startswith("http://[::1]:")


PATHS = [
    "/../secret",
    "/..%2fsecret",
    "/%2e%2e/secret",
    "//secret",
    "/history/../../secret",
    "/events/../secret",
    "/journal.jsonl",
    "/op-1/journal.jsonl",
    "/?run=../secret",
    "/?run=..%2f..%2fsecret",
    "/?run=%2e%2e",
    "/?run=.",
    "/?run=/etc/passwd",
    "/?run=passed/../../secret",
    "/?run=passed./../../secret",
    "/?run=passed.../secret",
    "/?run=regional../../secret",
    "/?run=regional.%2e%2e",
    "/?run=latest",
    "/?run=%00",
    "//[x",
    "http://[/",
    "/%",
    "*",
    "/?run=%ff",
    "/?run=passed%0d%0aX:1",
    "/static/x",
]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where runs are served beside which a journal lies that is none of them."""
    root = tmp_path_factory.mktemp("runs")
    for name in ("passed", "regional"):
        write_golden(name, root / "incidents")
    (root / "secret").mkdir()
    shutil.copyfile(GOLDEN / "failed" / "journal.jsonl", root / "secret" / "journal.jsonl")
    with serving(Listening(incidents=root / "incidents", bind="127.0.0.1", port=0), {}) as address:
        yield int(address.split(":")[2].strip("/"))


def answer_at(port: int, path: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(get(path))
        return to_the_end(client)


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_runs(port: int, path: str) -> None:
    answer = answer_at(port, path)
    assert status_of(answer) == 404
    assert b"linus" not in answer


@pytest.mark.parametrize("path", ["/", "/?run=passed", "/?run=regional.europe", "/history"])
def test_what_is_there_is_served(port: int, path: str) -> None:
    assert status_of(answer_at(port, path)) == 200


def wait(condition: object) -> None:
    assert callable(condition)
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit, "it never came to that"
        time.sleep(0.01)


def test_it_serves_until_somebody_wants_an_end(tmp_path: Path) -> None:
    said: list[str] = []
    listening = Listening(incidents=tmp_path, bind="127.0.0.1", port=0)
    serve(listening, {}, clock=SystemClock(), stop=Stop("SIGTERM"), say=said.append)
    assert said[0].startswith("The dashboard is at http://127.0.0.1:")
    assert said[1:] == ["The dashboard has ended."]
