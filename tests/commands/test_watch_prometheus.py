"""A watch of a real Prometheus that scrapes an exporter every second, through everything that can happen to both."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from rollback_gov.commands.target import Target
from rollback_gov.commands.watch import WatchOptions, watch
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.execution.clock import SystemClock
from rollback_gov.plans.load import load_plan
from tests.conftest import need
from tests.execution.marks import slow
from tests.monitoring import Server, start_prometheus
from tests.sources.web import Handler, Page, Web, serve
from tests.triggers.conftest import PLAN

EXPR = 'sum(rate(requests_total{code="500"}[3s])) / sum(rate(requests_total[3s]))'
TRIGGERS = f"""\
point_of_no_return: {{none: stateless}}
watch: {{mode: auto, every: 1s}}
triggers:
  - {{id: errors, query: {{source: metrics, expr: '{EXPR}'}}, above: 20%, for: 2s}}
"""
RULES = {"groups": [{"name": "own", "rules": [{"alert": "Errors", "expr": f"{EXPR} > 0.2", "for": "2s"}]}]}
CONFIG = """\
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [RULES]
scrape_configs: [{job_name: shop, static_configs: [{targets: ['EXPORTER']}]}]
"""


class Exporter:
    """A service that answers a hundred requests between two scrapes; ``bad`` of them fail."""

    def __init__(self, web: Web) -> None:
        self.bad = 0
        self.fine, self.failed = 0, 0
        web.pages["/metrics"] = self.scraped

    def scraped(self, handler: Handler) -> None:
        self.fine, self.failed = self.fine + 100 - self.bad, self.failed + self.bad
        text = f'requests_total{{code="200"}} {self.fine}\nrequests_total{{code="500"}} {self.failed}\n'
        handler.answer(Page(body=text.encode(), headers={"Content-Type": "text/plain; version=0.0.4"}))


@dataclass
class Shop:
    """The exporter, the Prometheus that scrapes it, and a repository for each test."""

    exporter: Exporter
    server: Server
    root: Path = field(default_factory=Path)

    @property
    def plan(self) -> Path:
        return self.root / "rollback" / "op-7" / "plan.yaml"

    def was_rolled_back(self) -> bool:
        return (self.plan.parent / "undone").exists()

    @property
    def target(self) -> Target:
        return Target(loaded=load_plan(self.plan), workspace=Workspace.around(self.plan), environment="staging")

    def settle(self, root: Path) -> None:
        """Begin a test: nothing fails, and Prometheus has seen so."""
        self.root, self.exporter.bad = root, 0
        self.plan.parent.mkdir(parents=True)
        self.plan.write_text(PLAN.replace('run: "true"', "run: echo undone > undone, timeout: 10s") + TRIGGERS)
        settings = root / ".rollback-gov" / "environments.yaml"
        settings.parent.mkdir()
        source = f"{{kind: prometheus, url: '{self.server.url}'}}"
        settings.write_text(f"environments: {{staging: {{class: staging, sources: {{metrics: {source}}}}}}}\n")
        eventually(lambda: self.value(EXPR) == 0)

    def query(self, expr: str) -> list[Any]:
        """Give the result of an instant query, or none while nobody answers."""
        with (
            suppress(OSError),
            urlopen(f"{self.server.url}/api/v1/query?{urlencode({'query': expr})}", timeout=60) as page,
        ):
            result: list[Any] = json.load(page)["data"]["result"]
            return result
        return []

    def value(self, expr: str) -> float | None:
        result = self.query(expr)
        return float(result[0]["value"][1]) if result else None

    def gov(self, *words: str) -> list[str]:
        return [
            sys.executable,
            "-m",
            "rollback_gov",
            words[0],
            *words[1:2],
            str(self.plan),
            "-e",
            "staging",
            *words[2:],
        ]

    @property
    def held_by(self) -> set[str]:
        """The reasons of the gate against a permit for this operation."""
        done = subprocess.run(self.gov("permit", "verify", "--json"), capture_output=True, text=True, check=False)
        return {reason["code"] for reason in json.loads(done.stdout)["reasons"]}

    def ticks(self) -> list[dict[str, Any]]:
        path = self.root / "incidents" / "watch-op-7-staging" / "decision.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line for line in map(json.loads, lines) if line["type"] == "tick"]


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, "it never came true"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    need("prometheus")
    rules = tmp_path_factory.mktemp("rules") / "rules.json"
    rules.write_text(json.dumps(RULES))
    with serve() as web:
        exporter = Exporter(web)
        config = CONFIG.replace("EXPORTER", web.url.removeprefix("http://")).replace("RULES", str(rules))
        with start_prometheus(config) as server:
            yield Shop(exporter, server)


@pytest.fixture
def shop(running: Shop, tmp_path: Path) -> Shop:
    if not running.server.is_alive:
        running.server.start()
    running.settle(tmp_path)
    return running


class Watch:
    """A watch in a process of its own, and what it says."""

    def __init__(self, shop: Shop) -> None:
        words = [
            sys.executable,
            "-m",
            "rollback_gov",
            "watch",
            str(shop.plan),
            "-e",
            "staging",
            "--yes",
            "--for",
            "2m",
        ]
        self.said: list[str] = []
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def until(self, text: str) -> str:
        """Read on until a line with a text; the others are kept too."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said.append(line.rstrip("\n"))
            if text in line:
                return self.said[-1]
        raise AssertionError(f"the watch ended without saying {text!r}:\n" + "\n".join(self.said))

    def end(self) -> int:
        rest, _ = self._process.communicate(timeout=60)
        self.said += rest.splitlines()
        return self._process.returncode

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def watching(shop: Shop) -> Iterator[Watch]:
    begun = Watch(shop)
    try:
        yield begun
    finally:
        begun.kill()


def at(tick: dict[str, Any]) -> float:
    return datetime.fromisoformat(tick["at"]).timestamp()


def judged(ticks: list[dict[str, Any]], verdict: str) -> list[dict[str, Any]]:
    """Give the ticks of a verdict; a quiet reading stands elsewhere, and is none of them."""
    return [tick for tick in ticks if tick["data"]["triggers"].get("errors", {}).get("verdict") == verdict]


@slow
def test_it_fires_at_the_right_tick_and_rolls_back(shop: Shop, watching: Watch) -> None:
    watching.until("What follows")
    eventually(lambda: len(shop.ticks()) >= 2)
    jumped, shop.exporter.bad = time.time(), 90
    watching.until("errors: FIRED")
    fired_alone = watching.end()
    assert (fired_alone, shop.was_rolled_back()) == (0, True), watching.said
    breaches = judged(shop.ticks(), "breach")
    fired = next(
        n for n, tick in enumerate(breaches) if tick["data"]["triggers"]["errors"]["after"]["status"] == "fired"
    )
    assert 0 <= at(breaches[0]) - jumped <= 30, "a scrape, a tick, and a busy machine"
    held = [min(at(later) - at(tick), 1.0) for tick, later in pairwise(breaches[: fired + 1])]
    assert sum(held) == 2, "held for two seconds, and not for one tick more"
    assert breaches[fired]["data"]["decision"]["action"] == "rollback"
    began = 'min_over_time(timestamp(ALERTS{alertstate="firing"} == 1)[2m:1s])'
    eventually(lambda: bool(shop.query(began)))
    theirs = shop.value(began)
    assert theirs is not None
    assert abs(theirs - at(breaches[fired])) <= 10, "Prometheus' own alert fires at the same time"


@slow
def test_a_server_that_dies_is_no_reason_to_roll_back_and_holds_the_permit(shop: Shop, watching: Watch) -> None:
    eventually(lambda: len(shop.ticks()) >= 1)
    assert shop.held_by == {"missing"}
    shop.exporter.bad = 90
    watching.until("errors: breach")
    shop.server.kill()
    assert "refuses connections" in watching.until("errors: cannot be evaluated")
    assert "BLIND for 3 readings" in watching.until("errors: BLIND")
    eventually(lambda: len(judged(shop.ticks(), "unknown")) >= 3)
    assert judged(shop.ticks(), "unknown")[2]["data"]["triggers"]["errors"]["after"]["unknowns"] == 3
    eventually(lambda: shop.held_by == {"missing", "blind"})
    assert not shop.was_rolled_back()
    shop.server.start()
    watching.until("errors: can be evaluated again")
    watching.until("errors: FIRED")
    assert watching.end() == 0, watching.said
    assert shop.was_rolled_back()
    assert shop.held_by == {"missing"}
    blind = next(number for number, line in enumerate(watching.said) if "BLIND" in line)
    assert not any("decision: " in line for line in watching.said[:blind])


class Wrong(SystemClock):
    """A clock that is off."""

    def __init__(self, hours: int) -> None:
        self._off = timedelta(hours=hours)

    def now(self) -> datetime:
        return super().now() + self._off


class Listens:
    """A console that keeps what is said."""

    interactive = False

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def stream(self, text: str) -> None:
        self.said.append(text)

    def ask(self, question: str, seconds: float) -> str | None:
        return None


def nothing(*_: object, **__: object) -> int:
    raise AssertionError("nothing is to be run")


@slow
@pytest.mark.parametrize(("hours", "word"), [(1, "ahead of"), (-1, "behind")])
def test_a_clock_that_is_off_is_noticed_and_the_servers_counts(shop: Shop, hours: int, word: str) -> None:
    console = Listens()
    world = World(person="ana", environ={}, console=console, clock=Wrong(hours))
    result = watch(shop.target, world, WatchOptions(once=True), execute=nothing)
    assert (result.exit_code, result.blind) == (0, ())
    host = shop.server.url.removeprefix("http://")
    assert any(f"our clock is more than a second {word} that of {host}" in line for line in console.said), console.said
    (tick,) = shop.ticks()
    reading = tick["data"]["triggers"]["errors"]["readings"]["value"]
    assert reading["kind"] == "value", "an hour off, Prometheus would know nothing"
    assert abs(reading["sample"] - time.time()) < 60, "and not an hour"
