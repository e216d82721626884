"""A server on loopback to which metrics are pushed, and which answers as a test says."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

HANG, HANG_UP, DRIP = 0, -1, -2
"""Instead of a status: never answer; close the connection; refuse, and never end saying why."""


class Receiver(ThreadingHTTPServer):
    """Keeps what was put."""

    daemon_threads = True

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.put: list[str] = []
        self.paths: list[str] = []
        self.headers: list[Message] = []
        self.closing = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_PUT(self) -> None:
        self.server.put.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.paths.append(self.path)
        self.server.headers.append(self.headers)
        if self.server.status == HANG:
            self.server.closing.wait()
        elif self.server.status == HANG_UP:
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._answer(400 if self.server.status == DRIP else self.server.status)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Location", f"{self.server.url}/elsewhere")
        self.end_headers()
        while self.server.status == DRIP and not self.server.closing.wait(0.05):
            self.wfile.write(b".")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def receive(status: int) -> Iterator[Receiver]:
    """Run a server until the test ends."""
    server = Receiver(status)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
