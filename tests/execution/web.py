"""A web server on loopback that keeps every request and answers as a test wants it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Web:
    """What to answer, and what was asked. ``raw`` takes the place of the whole answer."""

    url: str = ""
    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    raw: Callable[[Handler], None] | None = None
    requests: list[Request] = field(default_factory=list)
    closing: Event = field(default_factory=Event)
    """The server goes; whoever hangs there hangs no longer."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    web: Web

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.web.requests.append(Request(method=self.command, target=self.path, headers=dict(self.headers), body=body))
        if self.web.raw is not None:
            self.web.raw(self)
            return
        self.send_response(self.web.status)
        for name, value in ({"Content-Length": str(len(self.web.body))} | self.web.headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.web.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - the library's names

    def drip(self, start: bytes) -> None:
        """Send a byte every tenth of a second for a minute, as servers do that are about to die."""
        self.wfile.write(start)
        for _ in range(600):
            if self.web.closing.wait(0.1):
                break
            self.wfile.write(b"x")

    def say_nothing(self) -> None:
        """Let whoever asks wait for a minute."""
        self.web.closing.wait(60)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what some tests are about."""


@contextmanager
def serve(*, tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    """Run a server until the block ends."""
    web = Web()
    server = _Server(("127.0.0.1", 0), type("Bound", (Handler,), {"web": web}))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    web.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        web.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
