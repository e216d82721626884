"""A web server on loopback whose answers a test chooses, and which writes down what it was asked."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. ``port`` is the client's: the same port is the same connection."""

    path: str
    fields: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    port: int


Answer = Callable[["Handler"], object]


class Web(ThreadingHTTPServer):
    """Serves ``pages``: a path gives a page, or a function that answers in its own way."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: dict[str, Page | Answer] = {}
        self.asked: list[Asked] = []
        self.closing = Event()
        """Whoever hangs here hangs no longer."""
        self.date = ""
        """What its clock shows, as a header says it; empty: the right time."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def text(self, path: str, text: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Answer with a text."""
        self.pages[path] = Page(body=text.encode(), status=status, headers=headers or {})

    def json(self, path: str, document: Any, *, status: int = 200) -> None:
        """Answer with JSON."""
        self.pages[path] = Page(body=json.dumps(document).encode(), status=status)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Web
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        fields = tuple(parse_qsl(address.query, keep_blank_values=True))
        port: int = self.client_address[1]
        self.server.asked.append(Asked(path=address.path, fields=fields, headers=dict(self.headers), port=port))
        page = self.server.pages.get(address.path, Page(status=404))
        if isinstance(page, Page):
            self.answer(page)
        else:
            page(self)

    def answer(self, page: Page) -> None:
        self.send_response(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        self.wfile.write(page.body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return self.server.date or super().date_time_string(timestamp)

    def say_nothing(self) -> None:
        """Let whoever asks wait for a minute."""
        self.server.closing.wait(60)

    def drip(self, start: bytes, drop: bytes) -> None:
        """Send something, and then a little more again and again for a minute."""
        self.wfile.write(start)
        for _ in range(1200):
            self.wfile.write(drop)
            self.wfile.flush()
            if self.server.closing.wait(0.05):
                break

    def hang_up(self) -> None:
        """Close the connection as a process that was killed does."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serve(*, tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    """Run a server until the test ends."""
    web = Web()
    if tls is not None:
        web.socket = tls.wrap_socket(web.socket, server_side=True)
    thread = Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        web.closing.set()
        web.shutdown()
        web.server_close()
        thread.join()
