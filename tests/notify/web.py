"""A web server on loopback that answers as a test says, and writes down what was posted to it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

HANG = "hang"
"""Instead of a status: never answer."""
HANG_UP = "hang up"
"""Instead of a status: close the connection."""
DRIP = "drip"
"""Instead of a status: 200, and then a body that never ends."""


class Web(ThreadingHTTPServer):
    """Gives one answer after the other; the last one is given again and again."""

    daemon_threads = True

    def __init__(self, *answers: int | str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = list(answers) or [200]
        self.posted: list[Any] = []
        self.paths: list[str] = []
        self.closing = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: Web

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append(json.loads(body))
        self.server.paths.append(self.path)
        answers = self.server.answers
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer == HANG:
            self.server.closing.wait()
        elif answer == HANG_UP:
            self.connection.shutdown(socket.SHUT_RDWR)
        elif answer == DRIP:
            self._drip()
        else:
            self.send_response(int(answer))
            if int(answer) in (301, 302, 307):
                self.send_header("Location", f"{self.server.url}/elsewhere")
            self.end_headers()

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.server.closing.wait(0.05):
            self.wfile.write(b".")
            self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serve(*answers: int | str) -> Iterator[Web]:
    """Run a server until the test ends."""
    web = Web(*answers)
    thread = Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        web.closing.set()
        web.shutdown()
        web.server_close()
        thread.join()
