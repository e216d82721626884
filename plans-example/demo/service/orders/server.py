"""The HTTP server: one thread a connection, one log line a request, a calm end on SIGTERM."""

from __future__ import annotations

import signal
import socketserver
import sys
import time
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from .clock import now
from .environment import Environment
from .errors import DemoError
from .faults import Faults
from .metrics import Metrics
from .operations import Operations
from .pid_file import PidFile
from .releases.release import Release
from .response import Response, problem
from .traffic import Traffic, is_traffic

LARGEST_BODY = 64 * 1024
LAST_REQUESTS_SECONDS = 1.0


class Server(ThreadingHTTPServer):
    """Serves one release in one environment."""

    request_queue_size = 128

    def __init__(self, environment: Environment, release: Release) -> None:
        super().__init__(("127.0.0.1", environment.port), Handler, bind_and_activate=False)
        self.server_bind()  # before the database is migrated: a port that is taken must cost nothing
        store = release.open(environment.database)
        faults = Faults()
        self.release = release
        self.metrics = Metrics()
        self.traffic = Traffic(store, metrics=self.metrics, faults=faults, draining=environment.draining)
        self.operations = Operations(
            environment, version=release.version, store=store, metrics=self.metrics, faults=faults
        )
        self.server_activate()

    def server_bind(self) -> None:
        # HTTPServer's own way asks the name service who we are, which can take seconds.
        try:
            socketserver.TCPServer.server_bind(self)
        except OSError as error:
            port = self.server_address[1]
            raise DemoError(f"Port {port} cannot be used: {error.strerror}. Set PORT to a free one.") from None
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        log(self.release, f"{client_address[0]} went away: {sys.exception()!r}")


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 5
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def _respond(self) -> None:
        started = time.perf_counter()
        ours = is_traffic(self.command, self.path)
        with self.server.metrics.in_flight() if ours else nullcontext():
            response = self._response(self.server.traffic if ours else self.server.operations)
            self._send(response)
        elapsed = (time.perf_counter() - started) * 1000
        log(self.server.release, f"{self.command} {self.path} {response.status} {elapsed:.1f}ms")

    def _response(self, api: Traffic | Operations) -> Response:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            return problem(413, f"Send a Content-Length of at most {LARGEST_BODY} bytes.")
        return api.respond(self.command, self.path, self.rfile.read(int(length)))

    def _send(self, response: Response) -> None:
        body = response.body.encode()
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: `_respond` writes the line."""


def log(release: Release, text: str) -> None:
    # One write a line: lines of several threads must not mix.
    sys.stdout.write(f"{now()} {release.version} {text}\n")
    sys.stdout.flush()


def serve(environment: Environment, release: Release) -> None:
    """Serve until SIGTERM or SIGINT; raises DemoError where it cannot start."""
    environment.folder.mkdir(parents=True, exist_ok=True)
    with PidFile(environment.pid_file).held(), Server(environment, release) as server:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: Thread(target=server.shutdown).start())
        log(release, f"serves on port {environment.port}")
        server.serve_forever(poll_interval=0.02)
        _finish(server)
        log(release, "stopped")


def _finish(server: Server) -> None:
    server.socket.close()
    deadline = time.monotonic() + LAST_REQUESTS_SECONDS
    while server.metrics.active and time.monotonic() < deadline:
        time.sleep(0.01)
