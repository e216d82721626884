"""The dashboard's server: a bounded number of readers, each for a bounded time."""

from __future__ import annotations

import socket
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import BoundedSemaphore, Event, Lock
from typing import Any

from rollback_gov.commands.dashboard_guard import Guard
from rollback_gov.commands.dashboard_request import REQUEST_SECONDS, Request, Site

MOST_READERS = 64
MOST_STREAMS = 32


class DashboardServer(ThreadingHTTPServer):
    """Listens at once. Every reader has a thread, and none is left when it was closed. Raises OSError."""

    daemon_threads = False
    request_queue_size = MOST_READERS

    def __init__(self, bind: str, port: int, guard: Guard, site: Site, complain: Callable[[str], None]) -> None:
        self.guard, self.site, self._complain = guard, site, complain
        self.closing = Event()
        self.streams = BoundedSemaphore(MOST_STREAMS)
        self._coming: dict[socket.socket, float] = {}
        self._lock = Lock()
        self.address_family = socket.AF_INET6 if ":" in bind else socket.AF_INET
        super().__init__((bind, port), Request)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    @property
    def readers(self) -> int:
        """How many are connected."""
        with self._lock:
            return len(self._coming)

    def server_bind(self) -> None:
        """Bind without asking a name server what this machine is called."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin a thread for a reader; one too many is told so at once."""
        with self._lock:
            full = len(self._coming) >= MOST_READERS
            if not full:
                self._coming[request] = time.monotonic() + REQUEST_SECONDS
        if full:
            with suppress(OSError):
                request.settimeout(0.2)
                request.sendall(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nConnection: close\r\n\r\n")
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a reader."""
        with self._lock:
            self._coming.pop(request, None)
        super().shutdown_request(request)

    def came(self, request: socket.socket) -> None:
        """Note that a request is whole: from here on only the pieces of its answer have a time limit."""
        with self._lock:
            self._coming[request] = float("inf")

    def service_actions(self) -> None:
        """End what has not become a request in time: somebody who sends one byte after the other, or none."""
        now = time.monotonic()
        with self._lock:
            late = [request for request, until in self._coming.items() if until < now]
        for request in late:
            _hang_up(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say where a defect is. Nothing of a request is ever said: it may hold the token."""
        error = sys.exception()
        if isinstance(error, Exception) and not isinstance(error, ConnectionError | TimeoutError):
            place = traceback.extract_tb(error.__traceback__)[-1]
            self._complain(f"internal error: {type(error).__name__} in {Path(place.filename).name}:{place.lineno}")

    def server_close(self) -> None:
        """End all readers, and wait for their threads."""
        self.closing.set()
        with self._lock:
            readers = list(self._coming)
        for request in readers:
            _hang_up(request)
        super().server_close()


def _hang_up(request: socket.socket) -> None:
    with suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)
