"""Counters and gauges, in the Prometheus text format."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

# Born at zero: of a counter that appears with its first event, a rate misses that event.
KNOWN = {"GET": (200, 400, 404, 500), "POST": (201, 400, 500)}


class Metrics:
    """What the service counts about requests for orders; health, metrics and admin requests are not counted."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests = {(method, code): 0 for method, codes in KNOWN.items() for code in codes}
        self._orders = 0
        self._drained = 0
        self._active = 0
        self._started = time.time()

    @property
    def active(self) -> int:
        """Requests for orders that are in flight now."""
        return self._active

    @contextmanager
    def in_flight(self) -> Iterator[None]:
        with self._lock:
            self._active += 1
        try:
            yield
        finally:
            with self._lock:
                self._active -= 1

    def answered(self, method: str, code: int) -> None:
        with self._lock:
            self._requests[method, code] = self._requests.get((method, code), 0) + 1
            self._orders += code == 201

    def turned_away(self) -> None:
        """Count a request refused by draining: wanted, so it is no error and has a counter of its own."""
        with self._lock:
            self._drained += 1

    def render(self, *, version: str, draining: bool, gauges: Mapping[str, int]) -> str:
        with self._lock:
            requests, orders, drained = dict(self._requests), self._orders, self._drained
        families = [
            _family("http_requests_total", "counter", "Requests for orders that were answered, drained ones apart."),
            *(f'http_requests_total{{method="{method}",code="{code}"}} {n}' for (method, code), n in requests.items()),
            _single("http_requests_drained_total", "counter", "Requests turned away by draining.", drained),
            _single("orders_total", "counter", "Orders written by this process.", orders),
            _single("http_requests_active", "gauge", "Requests for orders in flight.", self._active),
            _single("service_draining", "gauge", "1 while new orders are turned away.", int(draining)),
            _single("process_start_time_seconds", "gauge", "Start of the process, Unix time.", f"{self._started:.3f}"),
            _family("service_info", "gauge", "The version that runs."),
            f'service_info{{version="{version}"}} 1',
            *(_single(name, "gauge", name.replace("_", " ").capitalize() + ".", n) for name, n in gauges.items()),
        ]
        return "\n".join(families) + "\n"


def _family(name: str, kind: str, text: str) -> str:
    return f"# HELP {name} {text}\n# TYPE {name} {kind}"


def _single(name: str, kind: str, text: str, value: float | str) -> str:
    return f"{_family(name, kind, text)}\n{name} {value}"
