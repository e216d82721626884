"""Requests with a deadline, over connections that are kept."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Barrier

import pytest

from rollback_gov.sources.interface import MAX_BYTES, Answer, Failure, Reply
from rollback_gov.sources.transport import Transport
from tests.authority import Authority
from tests.servers import free_port
from tests.sources.web import Handler, Page, Web, serve


@pytest.fixture
def transport() -> Iterator[Transport]:
    opened = Transport()
    yield opened
    opened.close()


def get(transport: Transport, url: str, *, timeout: float = 30.0, fresh: bool = False) -> Answer:
    return transport.get(url, headers={}, timeout=timeout, fresh=fresh)


def test_an_answer_has_its_status_its_body_and_its_kind(web: Web, transport: Transport) -> None:
    web.text("/a", "höhe", status=503, headers={"Content-Type": "text/plain"})
    answer = transport.get(f"{web.url}/a?b=c", headers={"X-Team": "orders"}, timeout=30)
    assert answer == Reply(status=503, body="höhe".encode(), content_type="text/plain")
    assert web.asked[0].fields == (("b", "c"),)
    assert web.asked[0].headers["X-Team"] == "orders"


def test_one_connection_serves_request_after_request(web: Web, transport: Transport) -> None:
    web.text("/a", "1")
    for _ in range(3):
        get(transport, f"{web.url}/a")
    assert len({asked.port for asked in web.asked}) == 1


def test_a_fresh_request_has_a_connection_of_its_own(web: Web, transport: Transport) -> None:
    web.text("/a", "1")
    get(transport, f"{web.url}/a")
    get(transport, f"{web.url}/a", fresh=True)
    get(transport, f"{web.url}/a")
    ports = [asked.port for asked in web.asked]
    assert ports[0] == ports[2] != ports[1]


def test_requests_side_by_side_do_not_wait_for_each_other(web: Web, transport: Transport) -> None:
    """The server answers all five together, or nobody."""
    five = Barrier(5)

    def together(handler: Handler) -> None:
        five.wait(30)
        handler.answer(Page(body=b"1"))

    web.pages["/slow"] = together
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: get(transport, f"{web.url}/slow", timeout=60), range(5)))
    assert answers == [Reply(status=200, body=b"1")] * 5
    assert len(web.asked) == 5


def test_a_kept_connection_that_the_server_closed_is_replaced(web: Web, transport: Transport) -> None:
    def once(handler: Handler) -> None:
        handler.answer(Page(body=b"1"))
        handler.hang_up()

    web.pages["/a"] = once
    assert isinstance(get(transport, f"{web.url}/a"), Reply)
    time.sleep(0.05)
    assert isinstance(get(transport, f"{web.url}/a"), Reply)


def test_a_kept_connection_that_was_reset_is_replaced(web: Web, transport: Transport) -> None:
    def once(handler: Handler) -> None:
        handler.answer(Page(body=b"1"))
        # Without lingering, closing a socket sends a reset instead of an orderly end.
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
        handler.close_connection = True

    web.pages["/a"] = once
    assert isinstance(get(transport, f"{web.url}/a"), Reply)
    time.sleep(0.05)
    assert isinstance(get(transport, f"{web.url}/a"), Reply)


def test_a_kept_connection_that_breaks_under_the_request_is_replaced_once(web: Web, transport: Transport) -> None:
    web.text("/a", "1")
    web.pages["/broken"] = Handler.hang_up
    get(transport, f"{web.url}/a")
    answer = get(transport, f"{web.url}/broken")
    assert isinstance(answer, Failure)
    assert answer.down
    assert [asked.path for asked in web.asked] == ["/a", "/broken", "/broken"]


def test_a_closed_transport_keeps_no_connection(web: Web, transport: Transport) -> None:
    web.text("/a", "1")
    get(transport, f"{web.url}/a")
    transport.close()
    get(transport, f"{web.url}/a")
    get(transport, f"{web.url}/a")
    assert len({asked.port for asked in web.asked}) == 3


def drip_body(handler: Handler) -> None:
    handler.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n", b"x")


def drip_header(handler: Handler) -> None:
    handler.drip(b"HTTP/1.1 200 OK\r\n", b"X")


@pytest.mark.parametrize("way", [drip_body, drip_header, Handler.say_nothing])
def test_an_answer_that_does_not_end_in_time_is_none(
    web: Web, transport: Transport, way: Callable[[Handler], None]
) -> None:
    web.pages["/slow"] = way
    began = time.monotonic()
    answer = get(transport, f"{web.url}/slow", timeout=0.3)
    assert time.monotonic() - began < 30, "half of what the server takes"
    assert answer == Failure(f"{web.url}/slow gave no answer within 0.3s", down=True)


def test_time_that_is_over_before_the_request_is_a_timeout(web: Web, transport: Transport) -> None:
    web.text("/a", "1")
    get(transport, f"{web.url}/a")
    assert get(transport, f"{web.url}/a", timeout=0.0) == Failure(f"{web.url}/a gave no answer within 0s", down=True)


def test_a_port_that_nobody_listens_on_is_down(transport: Transport) -> None:
    url = f"http://127.0.0.1:{free_port()}/health"
    assert get(transport, url) == Failure(f"{url} refuses connections", down=True)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf",
        b"",
    ],
)
def test_an_answer_that_breaks_off_is_down(web: Web, transport: Transport, raw: bytes) -> None:
    def half(handler: Handler) -> None:
        handler.wfile.write(raw)
        handler.hang_up()

    web.pages["/a"] = half
    assert get(transport, f"{web.url}/a") == Failure(f"{web.url}/a hung up before the answer was complete", down=True)


def test_an_answer_of_more_than_a_mebibyte_is_refused(web: Web, transport: Transport) -> None:
    web.pages["/just"] = Page(body=b"x" * MAX_BYTES)
    web.pages["/more"] = Page(body=b"x" * (MAX_BYTES + 1))
    assert isinstance(get(transport, f"{web.url}/just"), Reply)
    assert get(transport, f"{web.url}/more") == Failure(f"{web.url}/more answers with more than 1048576 bytes")


def test_a_chunked_answer_and_one_that_ends_with_its_connection_are_read(web: Web, transport: Transport) -> None:
    def chunked(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n0.5\r\n0\r\n\r\n")

    def until_closed(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n0.5")
        handler.close_connection = True

    web.pages |= {"/chunked": chunked, "/closed": until_closed}
    for path in ("/chunked", "/closed"):
        answer = get(transport, web.url + path)
        assert isinstance(answer, Reply)
        assert answer.text == "0.5"


def test_what_does_not_speak_http_is_no_service_that_is_down(web: Web, transport: Transport) -> None:
    def greet(handler: Handler) -> None:
        handler.wfile.write(b"220 mail.example ESMTP\r\n")
        handler.hang_up()

    web.pages["/a"] = greet
    assert get(transport, f"{web.url}/a") == Failure(f"{web.url}/a does not answer in HTTP")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://127.0.0.1/a", "must begin with http:// or https://, not with 'ftp:'"),
        ("metrics:9090", "must begin with http:// or https://, not with 'metrics:'"),
        ("http:///a?token=geheim", "has no host"),
        ("http://ana:geheim@127.0.0.1/a", "credentials do not belong into an address"),
        ("http://ana:geheim@127.0.0.1:x/a", "is not a URL"),
        ("http://[::1/a", "is not a URL"),
    ],
)
def test_what_is_no_address_is_said_without_its_secrets(transport: Transport, url: str, reason: str) -> None:
    answer = get(transport, url)
    assert isinstance(answer, Failure)
    assert reason in answer.reason
    assert "geheim" not in answer.reason


def test_a_name_that_cannot_be_resolved_says_nothing_about_the_service(transport: Transport) -> None:
    answer = get(transport, "http://no-such-host.invalid/a?token=geheim")
    assert answer == Failure("the name of http://no-such-host.invalid/a cannot be resolved")


def test_a_network_without_a_way_there_says_nothing_about_the_service(transport: Transport) -> None:
    answer = get(transport, "http://255.255.255.255/a", timeout=1)
    assert isinstance(answer, Failure)
    assert "cannot be reached" in answer.reason
    assert not answer.down


def test_a_header_that_cannot_be_written_is_not_repeated(web: Web, transport: Transport) -> None:
    for value in ("geheim\r\nX-Other: 1", "geheim €"):
        answer = transport.get(f"{web.url}/a", headers={"Authorization": value}, timeout=30)
        assert isinstance(answer, Failure)
        assert "forbidden characters" in answer.reason
        assert "geheim" not in answer.reason
    assert not web.asked


@pytest.mark.parametrize(("hours", "told"), [(-1, True), (1, True), (0, False)])
def test_clocks_that_differ_are_noticed(web: Web, transport: Transport, hours: int, told: bool) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)
    web.pages["/a"] = lambda handler: handler.wfile.write(
        f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode()
    )
    answer = get(transport, f"{web.url}/a")
    assert isinstance(answer, Reply)
    assert abs(answer.ahead + hours * 3600) < 5
    assert bool(answer.ahead) is told


def test_an_answer_without_a_date_says_nothing_about_the_clock(web: Web, transport: Transport) -> None:
    web.pages["/a"] = lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    answer = get(transport, f"{web.url}/a")
    assert isinstance(answer, Reply)
    assert answer.ahead == 0


@contextmanager
def serve_tls(folder: Path) -> Iterator[tuple[Web, Path]]:
    own = Authority.make(folder)
    with serve(tls=own.settings()) as web:
        yield web, own.public


def test_a_certificate_of_a_trusted_authority_is_accepted_and_the_connection_kept(
    tmp_path: Path, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_tls(tmp_path) as (web, public):
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
        web.text("/a", "1")
        for _ in range(2):
            answer = get(transport, f"https://127.0.0.1:{web.server_port}/a")
            assert isinstance(answer, Reply)
            assert answer.text == "1"
        assert len({asked.port for asked in web.asked}) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, transport: Transport) -> None:
    with serve_tls(tmp_path) as (web, _):
        answer = get(transport, f"https://127.0.0.1:{web.server_port}/a")
    assert isinstance(answer, Failure)
    assert "is not trusted: unable to get local issuer certificate" in answer.reason
    assert not answer.down


def test_the_authorities_of_a_file_count_instead_of_the_systems(tmp_path: Path, transport: Transport) -> None:
    other = Authority.make(tmp_path / "other")
    with serve_tls(tmp_path) as (web, public):
        url = f"https://127.0.0.1:{web.server_port}/a"
        web.text("/a", "1")
        for _ in range(2):
            assert isinstance(transport.get(url, headers={}, timeout=30, ca_file=public), Reply)
        refused = transport.get(url, headers={}, timeout=30, ca_file=other.public)
        assert isinstance(refused, Failure)
        assert "is not trusted" in refused.reason
        assert isinstance(get(transport, url), Failure), "a kept connection is not used by who does not trust it"
        assert len({asked.port for asked in web.asked}) == 1
        shutil.copy(other.public, public)
        os.utime(public, ns=(1, 1))
        transport.close()
        assert isinstance(transport.get(url, headers={}, timeout=30, ca_file=public), Failure), "the file has changed"


def test_a_file_of_authorities_that_cannot_be_used_is_named(tmp_path: Path, transport: Transport) -> None:
    url, file = "https://127.0.0.1:1/a", tmp_path / "ca.pem"
    reason = f"the CA file {file} cannot be read: No such file or directory"
    assert transport.get(url, headers={}, timeout=30, ca_file=file) == Failure(reason)
    file.write_text("no certificate")
    reason = f"the CA file {file} holds no certificate in PEM form"
    assert transport.get(url, headers={}, timeout=30, ca_file=file) == Failure(reason)


def test_tls_with_a_server_that_has_none_is_a_matter_of_settings(web: Web, transport: Transport) -> None:
    answer = get(transport, f"https://127.0.0.1:{web.server_port}/a", timeout=30)
    assert isinstance(answer, Failure)
    assert "does not speak TLS as expected" in answer.reason
    assert not answer.down
