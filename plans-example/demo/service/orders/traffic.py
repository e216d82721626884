"""Requests for orders: what customers send, what is counted, and what draining turns away."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from .errors import DemoError, InvalidOrderError
from .faults import Faults
from .metrics import Metrics
from .order import NewOrder
from .releases.release import OrderStore
from .response import Response, as_json, problem


def is_traffic(method: str, target: str) -> bool:
    """Whether a request is for orders."""
    path = urlsplit(target).path
    return path == "/orders" or (method == "GET" and path.startswith("/orders/"))


class Traffic:
    """The answers of one version to requests for orders; safe to be asked from several threads."""

    def __init__(self, store: OrderStore, *, metrics: Metrics, faults: Faults, draining: Path) -> None:
        self._store = store
        self._metrics = metrics
        self._faults = faults
        self._draining = draining

    def respond(self, method: str, target: str, body: bytes) -> Response:
        """Answer and count one request; an error is an answer too."""
        if method == "POST" and self._draining.exists():
            self._metrics.turned_away()
            return as_json(503, {"error": "New orders are turned away for now."}, {"Retry-After": "5"})
        response = self._answer(method, target, body)
        self._metrics.answered(method, response.status)
        return response

    def _answer(self, method: str, target: str, body: bytes) -> Response:
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
        # SQLite's whole numbers end at nineteen digits.
        order = self._store.find(int(name)) if name.isdecimal() and len(name) < 19 else None
        return as_json(200, order.as_json()) if order else problem(404, f"There is no order {name}.")
