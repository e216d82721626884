#!/usr/bin/env python3
"""Customers of the order service: four orders to one question, at a steady rate.

    load.py --url http://127.0.0.1:8081 --rate 20 --seconds 30
    load.py --url http://127.0.0.1:8081 --rate 20 --until-stopped --quiet &

Ends after its time or on SIGTERM or SIGINT, with one line that sums up what was sent.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from threading import BoundedSemaphore, Event, Lock
from urllib.parse import urlsplit

CUSTOMERS = ("Ada Lovelace", "Hopper, Grace", "Alan  Turing", "Edsger Wybe Dijkstra", "Plato")
ITEMS = ("tea", "ink", "lamp")
WORKERS = 16
TIMEOUT_SECONDS = 2.0
LONGEST_SECONDS = 3600.0


class Load:
    """Requests in flight and what became of them: ok, drained (503 with Retry-After) or failed."""

    def __init__(self, url: str, *, rate: float, quiet: bool) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._interval = 1 / rate
        self._quiet = quiet
        self._results: Counter[str] = Counter()
        self._lock = Lock()
        self._slots = BoundedSemaphore(WORKERS)
        self.stopped = Event()

    def run(self, seconds: float) -> str:
        """Send until the time is over or `stopped` is set; gives the closing line."""
        started = time.monotonic()
        with ThreadPoolExecutor(WORKERS) as workers:
            for number in range(sys.maxsize):
                due = number * self._interval
                if due >= seconds or self.stopped.wait(max(0.0, started + due - time.monotonic())):
                    break
                self._dispatch(workers, number)
        return self._summary()

    def _dispatch(self, workers: ThreadPoolExecutor, number: int) -> None:
        # A service that hangs must not pile up requests here: without a free worker this one is left out.
        if self._slots.acquire(blocking=False):
            workers.submit(self._send, number).add_done_callback(self._done)

    def _done(self, sent: Future[str]) -> None:
        self._slots.release()
        with self._lock:
            self._results[sent.result()] += 1
            count = self._results.total()
        if not self._quiet and count % 50 == 0:
            print(self._summary(), flush=True)

    def _send(self, number: int) -> str:
        connection = HTTPConnection(self._host or "127.0.0.1", self._port, timeout=TIMEOUT_SECONDS)
        try:
            if number % 5 == 4:
                connection.request("GET", "/orders?count")
            else:
                connection.request("POST", "/orders", body=_order(number))
            response = connection.getresponse()
            response.read()
        except (OSError, HTTPException):
            return "failed"
        finally:
            connection.close()
        if response.status == 503 and response.getheader("Retry-After"):
            return "drained"
        return "ok" if response.status < 400 else "failed"

    def _summary(self) -> str:
        with self._lock:
            counts = ", ".join(f"{self._results[name]} {name}" for name in ("ok", "failed", "drained"))
            return f"{self._results.total()} sent: {counts}"


def _order(number: int) -> str:
    customer, item = CUSTOMERS[number % len(CUSTOMERS)], ITEMS[number % len(ITEMS)]
    return json.dumps({"customer": customer, "item": item, "quantity": number % 3 + 1})


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value <= LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and up to {LONGEST_SECONDS:g}")
    return value


def main() -> int:
    parser = argparse.ArgumentParser(description="Load for the order service.")
    parser.add_argument("--url", required=True, help="such as http://127.0.0.1:8081")
    parser.add_argument("--rate", type=_positive, default=20.0, help="requests a second (20)")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--seconds", type=_positive, default=10.0, help="how long (10)")
    length.add_argument("--until-stopped", action="store_true", help="until SIGTERM, an hour at most")
    parser.add_argument("--quiet", action="store_true", help="only the closing line")
    options = parser.parse_args()
    load = Load(options.url, rate=options.rate, quiet=options.quiet)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: load.stopped.set())
    print(load.run(LONGEST_SECONDS if options.until_stopped else options.seconds), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
