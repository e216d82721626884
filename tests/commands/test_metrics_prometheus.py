"""The figures in a real Prometheus that scrapes them: it answers as the repository says."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from math import isfinite
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from rollback_gov.commands.metrics import write
from rollback_gov.reports.metrics.fold import metrics
from rollback_gov.reports.metrics.material import Material
from rollback_gov.reports.run_facts import StoredRun
from tests.conftest import need
from tests.deploy.test_grafana import SEEDED, expressions
from tests.monitoring import Server, start_prometheus
from tests.reports.metrics.runs import at, deployed, run, stamp
from tests.reports.metrics.test_fold import plan

CONFIG = """\
global: {scrape_interval: 200ms, scrape_timeout: 200ms}
scrape_configs:
  - {job_name: rollback, metrics_path: /rollback.prom, static_configs: [{targets: ["127.0.0.1:SERVED"]}]}
"""
BEFORE, AFTER = 3, 5
"""Scrapes before the rollbacks and after them."""
DAY = 24 * 60
WEEK = 7 * DAY
RUNS = (
    run(decided=DAY, breach=DAY - 1, took=60, operation="op-1", trigger="errors"),
    run(decided=2 * DAY, breach=2 * DAY - 2, took=120, operation="op-2"),
    run(decided=3 * DAY, breach=3 * DAY - 4, took=300, operation="op-3"),
    run(decided=6 * DAY, breach=6 * DAY - 8, took=500, operation="op-4", result="failed"),
)
ANSWERS = {
    "Rollback Count (7d)": 4,
    "Average Rollback Duration": (60 + 120 + 300) / 3,
    "Rollback Success Rate": 3 / 4,
    # 95 of 100 in buckets that end at 60, 120, 300 and 600 s: four fifths of the way through the last one
    "Time to Detection": 300 + 0.8 * 300,
}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def text(runs: tuple[StoredRun, ...], minutes: float = WEEK) -> str:
    known = plan(services=("api", "auth"), rehearsed=1, latest=at(0), fresh_until=at(WEEK))
    made = (deployed(DAY - 30, "op-1"), deployed(2 * DAY - 30, "op-2"), deployed(DAY, "op-9"))
    return metrics(
        Material(
            now=at(minutes),
            window=timedelta(days=30),
            environments=("production",),
            runs=runs,
            plans=(known,),
            deployments=tuple(item for item in made if item.at <= at(minutes)),
            unreadable={},
        )
    ).text


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Server]:
    need("prometheus")
    write(tmp_path / "rollback.prom", text(()))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as web:
        thread = Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            with start_prometheus(CONFIG.replace("SERVED", str(web.server_port))) as server:
                yield server
        finally:
            web.shutdown()
            thread.join()


def ask(server: Server, query: str, when: float | None = None) -> list[float]:
    """Give the numbers of the answer; a query that is wrong is an error."""
    fields = {"query": query, **({"time": f"{when}"} if when else {})}
    with urlopen(f"{server.url}/api/v1/query?{urlencode(fields)}", timeout=60) as answer:
        return [float(row["value"][1]) for row in json.load(answer)["data"]["result"]]


def scraped(server: Server, times: int) -> None:
    """Wait for so many more scrapes of good text."""
    query = "sum(count_over_time(rollback_executed_total[1h]))"
    wanted, limit = sum(ask(server, query)) + times, time.monotonic() + 60
    while sum(ask(server, query)) < wanted:
        assert time.monotonic() < limit, "nobody scrapes"
        time.sleep(0.1)


@pytest.mark.slow
def test_scraped_it_answers_what_people_ask_first(prometheus: Server, tmp_path: Path) -> None:
    scraped(prometheus, BEFORE)
    answers = {title: ask(prometheus, query) for title, query in SEEDED.items()}
    assert answers["Rollback Count (7d)"] == [0]
    assert answers["Average Rollback Duration"] == []
    write(tmp_path / "rollback.prom", text(RUNS))
    scraped(prometheus, AFTER)
    for title, query in SEEDED.items():
        # increase() reaches half an interval beyond the last sample, and there are few of them here
        near = 0.25 if "increase" in query else 1e-6
        assert ask(prometheus, query) == [pytest.approx(ANSWERS[title], rel=near)], title
    assert ask(prometheus, "sum(rollback_sla_met_total)") == [3]
    assert ask(prometheus, 'up{job="rollback"}') == [1]


def openmetrics() -> str:
    """Give a week, as it would have been scraped each hour."""
    lines: dict[str, list[str]] = {}
    for hour in range(7 * 24 + 1):
        so_far = tuple(run for run in RUNS if run.facts.times.decided.value <= stamp(hour * 60))  # type: ignore[union-attr]
        for family in text_string_to_metric_families(text(so_far, hour * 60)):
            head = [f"# TYPE {family.name} {family.type}"]
            for name, labels, value, *_ in family.samples:
                inner = ",".join(f'{key}="{text}"' for key, text in labels.items())
                told = f"{name}{{{inner}}} {value} {at(hour * 60).timestamp()}"
                lines.setdefault(family.name, head).append(told)
    return "\n".join([*(line for group in lines.values() for line in group), "# EOF", ""])


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    need("promtool")
    folder = tmp_path_factory.mktemp("week")
    page = folder / "week.om"
    page.write_text(openmetrics())
    wide = "--max-block-duration=162h"
    command = ["promtool", "tsdb", "create-blocks-from", wide, "openmetrics", str(page), str(folder / "data")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with start_prometheus("{}", data=folder / "data") as server:
        yield server


@pytest.mark.parametrize("title", SEEDED)
def test_after_a_week_it_answers_what_people_ask_first(week: Server, title: str) -> None:
    (answer,) = ask(week, SEEDED[title], at(WEEK).timestamp())
    assert answer == pytest.approx(ANSWERS[title], rel=0.01)


def test_every_panel_of_the_dashboard_has_an_answer(week: Server) -> None:
    now = at(WEEK).timestamp()
    for title, expr in expressions():
        asked = expr.replace("$services", ".*").replace("$environment", ".*")
        answer = ask(week, asked, now)
        assert answer or "rollback_gov_watch" in expr, title
        assert all(map(isfinite, answer)), title
    assert ask(week, "rollback_change_failure_ratio", now) == [pytest.approx(2 / 3)]
