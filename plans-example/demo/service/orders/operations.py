"""What operators and their tools ask: health, version, metrics, draining, injected failures."""

from __future__ import annotations

import json
import sqlite3
from typing import Any
from urllib.parse import urlsplit

from . import schema
from .drain import set_draining
from .environment import Environment
from .errors import DemoError
from .faults import Faults
from .metrics import Metrics
from .releases.release import OrderStore
from .response import Response, as_json, problem

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Operations:
    """The answers of one version about itself; safe to be asked from several threads."""

    def __init__(
        self, environment: Environment, *, version: str, store: OrderStore, metrics: Metrics, faults: Faults
    ) -> None:
        self._environment = environment
        self._version = version
        self._store = store
        self._metrics = metrics
        self._faults = faults
        self._routes = {
            ("GET", "/health"): self._health,
            ("GET", "/version"): lambda _: Response(200, f"{version}\n"),
            ("GET", "/metrics"): self._render_metrics,
            ("GET", "/active"): lambda _: Response(200, f"{metrics.active}\n"),
            ("POST", "/admin/drain"): self._drain,
            ("POST", "/admin/fault"): self._inject,
        }

    def respond(self, method: str, target: str, body: bytes) -> Response:
        """Answer one request; an error is an answer too."""
        path = urlsplit(target).path
        route = self._routes.get((method, path))
        if route is None:
            return problem(404, f"There is nothing at {method} {path}.")
        try:
            return route(body)
        except DemoError as error:
            return problem(400, str(error))

    def _health(self, _: bytes) -> Response:
        healthy = not self._faults.unhealthy and self._database_answers()
        status = "healthy" if healthy else "unhealthy"
        return as_json(200 if healthy else 503, {"status": status, "version": self._version})

    def _database_answers(self) -> bool:
        try:
            return schema.level_of(self._environment.database) >= schema.BASE
        except (DemoError, sqlite3.Error):
            return False

    def _render_metrics(self, _: bytes) -> Response:
        text = self._metrics.render(
            version=self._version, draining=self._environment.draining.exists(), gauges=self._store.gauges()
        )
        return Response(200, text, METRICS_TYPE)

    def _drain(self, body: bytes) -> Response:
        enabled = _fields(body).get("enabled")
        if not isinstance(enabled, bool):
            raise DemoError('Send {"enabled": true} or {"enabled": false}.')
        set_draining(self._environment.draining, enabled=enabled)
        return as_json(200, {"draining": enabled})

    def _inject(self, body: bytes) -> Response:
        wanted = _fields(body)
        self._faults.inject(wanted.get("type"), wanted.get("rate", 0.6))
        return as_json(200, wanted)


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise DemoError("The body is not a JSON object.")
    return fields
