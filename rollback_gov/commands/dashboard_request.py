"""A request to the dashboard: read within its bounds, refused in a sentence, or answered with a page or a stream."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import LineTooLong
from http.server import BaseHTTPRequestHandler
from io import BufferedReader
from threading import BoundedSemaphore, Event
from typing import Protocol, cast
from urllib.parse import parse_qsl

from rollback_gov.commands.dashboard_guard import Guard, Refusal
from rollback_gov.model.record import Record

LARGEST_REQUEST = 16 * 1024
"""Bytes of a request's line and headers together."""
REQUEST_SECONDS = 10.0
"""For a whole request to come in, and for each piece of an answer to be taken."""
MOST_NAMES = 20
"""In the query of an address."""
_LINGER_BYTES, _LINGER_SECONDS = 256 * 1024, 0.5
_ALWAYS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_BUSY = Refusal(status=503, text="Too many look on already. Try again in a moment.", headers=(("Retry-After", "2"),))


class Content(Record, kw_only=False):
    """A page, and what it may load."""

    text: str
    policy: str


class Site(Protocol):
    """What is served. ``query`` has the last value of each name."""

    def page(self, path: str, query: dict[str, str]) -> Content | Refusal:
        """Give the page at a path."""
        ...

    def stream(self, query: dict[str, str], mark: str, closing: Event) -> Iterator[bytes]:
        """Give what happens from a mark on, piece by piece, until ``closing`` is set."""
        ...


class Host(Protocol):
    """The server, as far as a request knows it."""

    guard: Guard
    site: Site
    streams: BoundedSemaphore
    closing: Event

    def came(self, request: socket.socket) -> None:
        """Hear that a request is whole."""
        ...


class _Bounded:
    """Reads a request's lines, and no more than so many bytes of them together."""

    def __init__(self, file: BufferedReader) -> None:
        self._file, self._left = file, LARGEST_REQUEST

    def readline(self, limit: int = -1) -> bytes:
        """Read a line. Raises LineTooLong when all of them together are too much."""
        line = self._file.readline(self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise LineTooLong("request")
        return line

    def close(self) -> None:
        """Close what is below."""
        self._file.close()


class Request(BaseHTTPRequestHandler):
    """One request, and the end of its connection."""

    protocol_version = "HTTP/1.1"
    timeout = REQUEST_SECONDS
    server_version, sys_version = "rollback-gov", ""

    @property
    def _host(self) -> Host:
        return cast(Host, self.server)

    def setup(self) -> None:
        """Bound what is read."""
        super().setup()
        self.rfile = cast(BufferedReader, _Bounded(cast(BufferedReader, self.rfile)))

    def handle(self) -> None:
        """Answer one request."""
        self.close_connection = True
        try:
            self.handle_one_request()
        except LineTooLong:
            self.requestline = self.command = ""
            self.send_error(414)
        except (ConnectionError, TimeoutError):
            return

    def log_message(self, format: str, *args: object) -> None:
        """Nothing of a request is logged."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse in one sentence that repeats nothing of the request."""
        self.request_version = self.protocol_version  # what could not be read is answered as if it were of today
        status = 405 if code == 501 else code
        self._refuse(Refusal(status=status, text=_SENTENCES.get(status, "This is no request that is understood.")))
        self._linger()

    def do_GET(self) -> None:
        """Answer with a page or a stream."""
        self._host.came(self.connection)
        refusal = self._host.guard.refuses(self.headers.items())
        if refusal is not None:
            self._refuse(refusal)
            self._linger()
            return
        path, _, asked = self.path.partition("?")
        query = dict(parse_qsl(asked)) if asked.count("&") < MOST_NAMES else {}
        if path == "/events" and self.command == "GET":
            self._stream(query)
        else:
            content = self._host.site.page(path, query)
            self._refuse(content) if isinstance(content, Refusal) else self._page(content)

    def do_HEAD(self) -> None:
        """Answer without the page."""
        self.do_GET()

    def _refuse(self, refusal: Refusal) -> None:
        body = f"{refusal.text}\n".encode()
        more = {"Allow": "GET, HEAD"} if refusal.status == 405 else {}
        self._head(refusal.status, "text/plain; charset=utf-8", {**more, **dict(refusal.headers)}, len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _page(self, content: Content) -> None:
        body = content.text.encode("utf-8", "replace")
        policy = f"{content.policy}; frame-ancestors 'none'"
        self._head(200, "text/html; charset=utf-8", {"Content-Security-Policy": policy}, len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _stream(self, query: dict[str, str]) -> None:
        if not self._host.streams.acquire(blocking=False):
            self._refuse(_BUSY)
            return
        try:
            self._head(200, "text/event-stream; charset=utf-8", {"X-Accel-Buffering": "no"})
            mark = self.headers.get("Last-Event-ID") or query.get("mark", "")
            for piece in self._host.site.stream(query, mark, self._host.closing):
                self.wfile.write(piece)
        finally:
            self._host.streams.release()

    def _head(self, status: int, kind: str, headers: dict[str, str], length: int | None = None) -> None:
        self.send_response(status)
        for name, value in {**_ALWAYS, **headers, "Content-Type": kind, "Connection": "close"}.items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _linger(self) -> None:
        """Take some of what still comes in: a connection with unread bytes is reset, and the refusal lost with it."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            left, until = _LINGER_BYTES, time.monotonic() + _LINGER_SECONDS
            while left > 0 and (rest := until - time.monotonic()) > 0:
                self.connection.settimeout(rest)
                left -= len(self.connection.recv(65536)) or left


_SENTENCES = {
    400: "This is no request that is understood.",
    405: "Only GET: a dashboard changes nothing.",
    414: "The request is too long.",
    431: "The headers of the request are too long.",
    505: "Only HTTP/1.1 and HTTP/1.0 are spoken here.",
}
