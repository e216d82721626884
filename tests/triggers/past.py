"""Six days of a service's metrics with six incidents, and much that looks like one and is none."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from rollback_gov.commands.target import Target
from rollback_gov.commands.triggers_history import read_history
from rollback_gov.commands.watch import rules_of
from rollback_gov.commands.watch_sources import open_sources
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.plans.load import load_plan
from rollback_gov.triggers.backtest import Incident
from rollback_gov.triggers.follow import follow
from rollback_gov.triggers.reading import Reader
from rollback_gov.triggers.store import Memory
from rollback_gov.triggers.tick import Rules, Tick
from rollback_gov.triggers.watcher import Watcher
from tests.conftest import need
from tests.monitoring import Server, start_prometheus
from tests.triggers.conftest import PLAN

BEGINS = 1_767_225_600
"""2026-01-01T00:00:00Z."""
SCRAPE = 30
MINUTE = 60.0
DAYS = 6
ENDS = BEGINS + DAYS * 86_400

TRIGGERS = """\
watch: {every: 1m, mode: auto}
triggers:
  - id: errors
    query: {source: metrics, expr: 'sum(rate(requests_total{code="500"}[2m])) / sum(rate(requests_total[2m]))'}
    above: 2%
    for: 5m
    volume: {query: {source: metrics, expr: 'sum(rate(requests_total[2m]))'}, at_least: 0.5}
  - id: latency
    query: {source: metrics, expr: latency_seconds}
    above: 1
    for: 5m
"""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong between two minutes (from the beginning), beside the usual."""

    begins: int
    minutes: int
    errors: float = 0.001
    latency: float = 0.2
    traffic: float = 1.0
    incident: str = ""
    silent: bool = False
    """Nothing is scraped at all."""
    restarts: bool = False
    """The counters begin at nought again in the middle."""


def _at(day: int, hour: int, minute: int = 0) -> int:
    return ((day - 1) * 24 + hour) * 60 + minute


TROUBLES = (
    Trouble(_at(1, 10), 30, errors=0.10, incident="bad deployment"),
    Trouble(_at(2, 3, 15), 12, errors=0.05, incident="short and small"),
    Trouble(_at(3, 14), 25, latency=2.5, incident="slow database"),
    Trouble(_at(4, 9), 40, errors=0.3, restarts=True, incident="with a restart"),
    Trouble(_at(5, 20), 60, errors=0.08, incident="at night"),
    Trouble(_at(6, 12), 20, errors=0.04, latency=1.5, incident="both"),
    Trouble(_at(1, 4), 2, errors=0.5),
    Trouble(_at(1, 16), 3, errors=0.2),
    Trouble(_at(2, 12), 4, latency=9.0),
    Trouble(_at(2, 18), 120, silent=True),
    Trouble(_at(3, 2), 60, errors=0.5, traffic=0.02),
    Trouble(_at(3, 20), 4, latency=5.0),
    Trouble(_at(4, 18), 30, restarts=True),
    Trouble(_at(5, 5), 2, errors=0.9),
    Trouble(_at(5, 5, 8), 2, errors=0.9),
    Trouble(_at(6, 1), 45, silent=True),
)
USUAL = Trouble(0, 0)
INCIDENTS = tuple(
    Incident(name=one.incident, begins=BEGINS + one.begins * 60.0, ends=BEGINS + (one.begins + one.minutes) * 60.0)
    for one in TROUBLES
    if one.incident
)


def openmetrics() -> str:
    """Give the six days as a page of OpenMetrics; numbers jitter, always in the same way."""
    good, bad, latency = list[str](), list[str](), list[str]()
    source, fine, failed = random.Random(7), 0, 0
    for at in range(BEGINS, ENDS + 1, SCRAPE):
        minute, rest = divmod(at - BEGINS, 60)
        now = next((one for one in TROUBLES if one.begins <= minute < one.begins + one.minutes), USUAL)
        if now.restarts and minute == now.begins + now.minutes // 2 and rest == 0:
            fine = failed = 0
        requests = round(600 * now.traffic * source.uniform(0.8, 1.2))
        errors = round(requests * now.errors * source.uniform(0.9, 1.1))
        fine, failed = fine + requests - errors, failed + errors
        if not now.silent:
            good.append(f'requests_total{{code="200"}} {fine} {at}')
            bad.append(f'requests_total{{code="500"}} {failed} {at}')
            latency.append(f"latency_seconds {now.latency * source.uniform(0.9, 1.1):.4f} {at}")
    types = ("# TYPE requests counter", "# TYPE latency_seconds gauge")
    return "\n".join([types[0], *good, *bad, types[1], *latency, "# EOF", ""])


def make_blocks(folder: Path) -> None:
    """Write the six days as blocks of Prometheus' database."""
    page = folder / "history.om"
    page.write_text(openmetrics())
    wide = "--max-block-duration=162h"  # one block; of two hours there would be 72, and the page is read for each
    command = ["promtool", "tsdb", "create-blocks-from", wide, "openmetrics", str(page), str(folder / "data")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def silences() -> Iterator[tuple[float, float]]:
    """Give the times without any sample."""
    for one in TROUBLES:
        if one.silent:
            yield BEGINS + one.begins * 60.0, BEGINS + (one.begins + one.minutes) * 60.0


@dataclass(frozen=True, slots=True)
class Past:
    """The plan, and a world in which its Prometheus knows six days."""

    target: Target
    world: World
    server: Server

    def work(self) -> float:
        """Give the seconds of processor time that this process and the server have taken so far."""
        return time.process_time() + self.server.work

    def watched(self, begins: float, ends: float) -> list[Tick]:
        """Watch from one time to another as if it were now, with a query for each reading."""
        rules, ticks = self.rules, list[Tick]()
        with open_sources(self.target, self.world) as book, closing(Reader(book, rules.every)) as reader:
            watcher = Watcher(rules, reader, memory=Memory(), now=begins)
            for minute in range(round((ends - begins) / MINUTE) + 1):
                ticks.append(watcher.tick(begins + minute * MINUTE).tick)
        return ticks

    def followed(self, begins: float, ends: float) -> list[Tick]:
        """Give the ticks of a backtest over the same time."""
        with open_sources(self.target, self.world) as book:
            history = read_history(book, self.rules, begins, ends, infinite=False, told=lambda _done, _all: None)
            return [followed.tick for followed in follow(self.rules, history)]

    @property
    def rules(self) -> Rules:
        return rules_of(self.target.loaded.require(), self.target.baseline_folder)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """A repository with a plan, and a real Prometheus that knows the six days."""
    need("promtool")
    root = tmp_path_factory.mktemp("past")
    make_blocks(root)
    with start_prometheus("{}", data=root / "data") as server:
        plan = root / "rollback" / "op-7" / "plan.yaml"
        plan.parent.mkdir(parents=True)
        plan.write_text(PLAN + TRIGGERS)
        settings = root / ".rollback-gov" / "environments.yaml"
        settings.parent.mkdir()
        sources = f"sources: {{metrics: {{kind: prometheus, url: '{server.url}'}}}}"
        settings.write_text(f"environments: {{production: {{class: production, {sources}}}}}\n")
        target = Target(loaded=load_plan(plan), workspace=Workspace.around(plan), environment="production")
        yield Past(target, World(person="ana", environ={}), server)
