"""Asking the running service, briefly."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any

from .errors import DemoError

TIMEOUT_SECONDS = 2.0


class Client:
    """Requests to the service on a port of this machine."""

    def __init__(self, port: int, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._port = port
        self._timeout = timeout

    def request(self, method: str, path: str, value: Any = None) -> tuple[int, str]:
        """Give status and body; raises ConnectionRefusedError where nobody listens, DemoError for any other silence."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)
        try:
            connection.request(method, path, body=None if value is None else json.dumps(value))
            response = connection.getresponse()
            return response.status, response.read().decode()
        except ConnectionRefusedError:
            raise
        except (OSError, HTTPException) as error:
            raise DemoError(f"The service on port {self._port} gave no answer to {method} {path}: {error}.") from None
        finally:
            connection.close()

    def expect(self, method: str, path: str, value: Any = None) -> str:
        """Give the body of a successful answer; raises DemoError for everything else."""
        try:
            status, body = self.request(method, path, value)
        except ConnectionRefusedError:
            raise DemoError(f"No service answers on port {self._port}: start one (scripts/deploy.sh).") from None
        if status >= 400:
            raise DemoError(f"{method} {path} was answered with {status}: {body.strip()}")
        return body

    def is_healthy(self) -> bool:
        try:
            return self.request("GET", "/health")[0] == 200
        except (ConnectionRefusedError, DemoError):
            return False

    def active(self) -> int:
        """Requests for orders in flight; none where no service runs."""
        try:
            return int(self.request("GET", "/active")[1])
        except ConnectionRefusedError:
            return 0
