"""The service's answers: a method, a target and a body in, a response out."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .drain import set_draining
from .errors import DemoError, InvalidOrderError
from .faults import Faults
from .metrics import Metrics
from .order import NewOrder
from .releases.release import OrderStore

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back to the client."""

    status: int
    body: str
    content_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


def as_json(status: int, value: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(status, json.dumps(value) + "\n", "application/json", headers or {})


def problem(status: int, message: str) -> Response:
    return as_json(status, {"error": message})


def is_traffic(method: str, target: str) -> bool:
    """Whether a request is about orders, and so is counted and drained."""
    path = urlsplit(target).path
    return path == "/orders" or (method == "GET" and path.startswith("/orders/"))


class Api:
    """One version's answers; safe to be asked from several threads."""

    def __init__(self, *, version: str, store: OrderStore, draining: Path) -> None:
        self.metrics = Metrics()
        self._version = version
        self._store = store
        self._draining = draining
        self._faults = Faults()
        self._routes = {
            ("GET", "/health"): self._health,
            ("GET", "/version"): lambda _: Response(200, f"{version}\n"),
            ("GET", "/metrics"): self._metrics,
            ("GET", "/active"): lambda _: Response(200, f"{self.metrics.active}\n"),
            ("POST", "/admin/drain"): self._drain,
            ("POST", "/admin/fault"): self._fault,
        }

    def respond(self, method: str, target: str, body: bytes) -> Response:
        """Answer one request; every error is an answer too."""
        if is_traffic(method, target):
            return self._traffic(method, target, body)
        route = self._routes.get((method, urlsplit(target).path))
        if route is None:
            return problem(404, f"There is nothing at {method} {urlsplit(target).path}.")
        try:
            return route(body)
        except (DemoError, ValueError, TypeError) as error:
            return problem(400, str(error))

    def _traffic(self, method: str, target: str, body: bytes) -> Response:
        if method == "POST" and self._draining.exists():
            self.metrics.turned_away()
            return as_json(503, {"error": "New orders are turned away for now."}, {"Retry-After": "5"})
        response = self._orders(method, target, body)
        self.metrics.answered(method, response.status)
        return response

    def _orders(self, method: str, target: str, body: bytes) -> Response:
        if self._faults.strikes():
            return problem(500, "This failure was injected.")
        try:
            return self._place(body) if method == "POST" else self._read(target)
        except InvalidOrderError as error:
            return problem(400, str(error))
        except (DemoError, sqlite3.Error) as error:
            return problem(500, str(error))

    def _place(self, body: bytes) -> Response:
        order = self._store.place(NewOrder.parse(body))
        return as_json(201, order.as_json(), {"Location": f"/orders/{order.id}"})

    def _read(self, target: str) -> Response:
        url = urlsplit(target)
        if url.path == "/orders":
            if "count" not in parse_qs(url.query, keep_blank_values=True):
                return problem(400, "Ask for /orders?count or for /orders/<id>.")
            return Response(200, f"{self._store.count()}\n")
        name = url.path.removeprefix("/orders/")
        order = self._store.find(int(name)) if name.isdecimal() and len(name) < 19 else None
        return as_json(200, order.as_json()) if order else problem(404, f"There is no order {name}.")

    def _health(self, _: bytes) -> Response:
        healthy = not self._faults.unhealthy and self._database_answers()
        status = "healthy" if healthy else "unhealthy"
        return as_json(200 if healthy else 503, {"status": status, "version": self._version})

    def _database_answers(self) -> bool:
        raise NotImplementedError

    def _metrics(self, _: bytes) -> Response:
        text = self.metrics.render(
            version=self._version, draining=self._draining.exists(), gauges=self._store.gauges()
        )
        return Response(200, text, METRICS_TYPE)

    def _drain(self, body: bytes) -> Response:
        enabled = json.loads(body)["enabled"]
        set_draining(self._draining, enabled=enabled)
        return as_json(200, {"draining": enabled})

    def _fault(self, body: bytes) -> Response:
        wanted = json.loads(body)
        self._faults.inject(wanted["type"], wanted.get("rate", 0.6))
        return as_json(200, wanted)
