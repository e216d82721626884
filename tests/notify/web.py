"""A web server on loopback that answers as a test says, and writes down what was posted to it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

HANG = "hang"
"""Instead of a status: never answer."""
HANG_UP = "hang up"
"""Instead of a status: close the connection."""
JUDGE = "judge"
"""Instead of a status: what the server itself thinks of it."""
DRIP = "drip"
"""Instead of a status: 200, and then a body that never ends."""


class Web(ThreadingHTTPServer):
    """Gives one answer after the other; the last one is given again and again. ``429 after 3`` asks for patience."""

    daemon_threads = True

    def __init__(self, *answers: int | str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = list(answers) or [JUDGE]
        self.posted: list[Any] = []
        self.paths: list[str] = []
        self.times: list[float] = []
        """When each came (steady clock)."""
        self.closing = Event()

    def judge(self, path: str, document: Any, size: int) -> int:
        """Give the status for a document, where the test does not say it."""
        return 200

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
        self.server.times.append(time.monotonic())
        answers = self.server.answers
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer == JUDGE:
            answer = self.server.judge(self.path, self.server.posted[-1], len(body))
        if answer == HANG:
            self.server.closing.wait()
        elif answer == HANG_UP:
            self.connection.shutdown(socket.SHUT_RDWR)
        elif answer == DRIP:
            self._drip()
        else:
            status, _, later = str(answer).partition(" after ")
            answer = int(status)
            self.send_response(answer)
            if later:
                self.send_header("Retry-After", later)
            if answer in (301, 302, 307):
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
def serve(*answers: int | str, kind: type[Web] = Web) -> Iterator[Web]:
    """Run a server until the test ends."""
    web = kind(*answers)
    thread = Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        web.closing.set()
        web.shutdown()
        web.server_close()
        thread.join()
