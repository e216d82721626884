"""Metrics of the watch itself, for the Prometheus that watches the watch: a watch that stands still fires nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rollback_gov.commands.watched import Listener
from rollback_gov.model.errors import UsageError
from rollback_gov.triggers.condition import Verdict
from rollback_gov.triggers.decision import ORDER
from rollback_gov.triggers.gates import Course
from rollback_gov.triggers.narrative import blind, short_of_traffic
from rollback_gov.triggers.state import Status

if TYPE_CHECKING:
    from rollback_gov.triggers.line import Line
    from rollback_gov.triggers.watcher import Report

_NOT_RUN = (Course.BEYOND, Course.HOLD, Course.SUPERSEDED)
OUTCOMES = (
    *("started", "passed", "failed", "refused", "interrupted", "lost", "told", "corroborated"),
    *(course.value for course in _NOT_RUN),
)
_WHICH = ("operation", "environment")


class NoMetrics:
    """Nobody asked for metrics."""

    def listener(self, operation: str, environment: str) -> Listener:
        """Give a listener that hears nothing."""
        return Listener()


class Metrics:
    """Counts what happens in watches. Every counter is there from the beginning: ``rate`` sees the first one."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge

        self.registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Any:
            return Counter(f"rollback_gov_watch_{name}", text, (*_WHICH, *labels), registry=self.registry)

        def gauge(name: str, text: str) -> Any:
            return Gauge(f"rollback_gov_watch_{name}", text, _WHICH, registry=self.registry)

        self._ticks = counter("ticks", "Ticks.")
        self._readings = counter("readings", "Readings of triggers, by verdict.", "verdict")
        self._missed = counter("missed_readings", "Readings that nobody took in time.")
        self._fired = counter("fired", "Triggers that fired.")
        self._decisions = counter("decisions", "Decisions, each once, by action.", "action")
        self._acted = counter("outcomes", "What was done about decisions.", "outcome")
        self._last = gauge("last_tick_timestamp_seconds", "Time of the newest tick.")
        self._firing = gauge("firing", "Triggers that have fired and stay so.")
        self._blind = gauge("blind", "Triggers that could not be evaluated several times in a row.")
        self._low_traffic = gauge("low_traffic", "Triggers that had too little traffic to be judged as often.")

    def listener(self, operation: str, environment: str) -> Listener:
        """Give whoever counts for one plan."""
        which = (operation, environment)
        gauges = (self._last, self._firing, self._blind, self._low_traffic)
        for metric in (self._ticks, self._missed, self._fired, *gauges):
            metric.labels(*which)
        for metric, names in (
            (self._readings, [verdict.value for verdict in Verdict]),
            (self._decisions, ORDER),
            (self._acted, OUTCOMES),
        ):
            for name in names:
                metric.labels(*which, name)
        seen: set[str] = set()

        def ticked(report: Report) -> None:
            self._tick(which, report)
            decision = report.tick.decision
            if decision is not None and decision.key not in seen:
                seen.add(decision.key)
                self._decisions.labels(*which, decision.action).inc()

        def logged(line: Line) -> None:
            if line.type == "acted":
                self._acted.labels(*which, line.data["outcome"]).inc()

        return Listener(ticked=ticked, logged=logged)

    def _tick(self, which: tuple[str, str], report: Report) -> None:
        self._ticks.labels(*which).inc()
        self._missed.labels(*which).inc(report.missed)
        for entry in report.tick.entries:
            self._readings.labels(*which, entry.judgement.verdict.value).inc()
            if entry.after.status is Status.FIRED and entry.before.status is not Status.FIRED:
                self._fired.labels(*which).inc()
        states = report.tick.states
        self._last.labels(*which).set(report.tick.at)
        self._firing.labels(*which).set(sum(state.status is Status.FIRED for state in states.values()))
        self._blind.labels(*which).set(len(blind(states)))
        self._low_traffic.labels(*which).set(len(short_of_traffic(states)))


@contextmanager
def open_metrics(address: str) -> Iterator[Metrics | NoMetrics]:
    """Serve metrics at ``HOST:PORT``, where that was asked for. Raises UsageError where it cannot be."""
    if not address:
        yield NoMetrics()
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit():
        raise UsageError(f"'{address}' is no address to listen at.", hint="Say HOST:PORT, such as 127.0.0.1:9464.")
    try:
        from prometheus_client import start_http_server
    except ImportError:
        raise UsageError(
            "Metrics need prometheus-client, which is not installed.",
            hint="Install it with: pip install 'rollback-gov[metrics]'",
        ) from None
    metrics = Metrics()
    try:
        server, thread = start_http_server(int(port), addr=host.strip("[]"), registry=metrics.registry)
    except (OSError, OverflowError) as error:
        raise UsageError(f"Cannot listen at {address}: {error}.") from error
    try:
        yield metrics
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
