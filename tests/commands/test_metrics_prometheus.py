"""The figures in a real Prometheus that scrapes them: it answers as the repository says."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from rollback_gov.commands.metrics import write
from rollback_gov.reports.metrics.fold import metrics
from rollback_gov.reports.metrics.material import Material
from rollback_gov.reports.run_facts import StoredRun
from tests.conftest import need
from tests.deploy.test_grafana import SEEDED
from tests.monitoring import Server, start_prometheus
from tests.reports.metrics.runs import at, run
from tests.reports.metrics.test_fold import plan

CONFIG = """\
global: {scrape_interval: 200ms, scrape_timeout: 200ms}
scrape_configs:
  - {job_name: rollback, metrics_path: /rollback.prom, static_configs: [{targets: ["127.0.0.1:SERVED"]}]}
"""
BEFORE, AFTER = 3, 5
"""Scrapes before the rollbacks and after them."""
RUNS = (
    run(decided=0, breach=-1, took=60, operation="op-1"),
    run(decided=0, breach=-2, took=120, operation="op-2"),
    run(decided=0, breach=-4, took=300, operation="op-3"),
    run(decided=0, breach=-8, took=500, operation="op-4", result="failed"),
)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def text(runs: tuple[StoredRun, ...]) -> str:
    known = plan(services=("api", "auth"))
    return metrics(
        Material(
            now=at(1000),
            window=timedelta(days=30),
            environments=("production",),
            runs=runs,
            plans=(known,),
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


def ask(server: Server, query: str) -> float | None:
    with urlopen(f"{server.url}/api/v1/query?{urlencode({'query': query})}", timeout=10) as answer:
        found = json.load(answer)["data"]["result"]
    return float(found[0]["value"][1]) if found else None


def scraped(server: Server, times: int) -> None:
    """Wait for so many more scrapes of good text."""
    query = "sum(count_over_time(rollback_executed_total[1h]))"
    wanted, limit = (ask(server, query) or 0) + times, time.monotonic() + 30
    while (ask(server, query) or 0) < wanted:
        assert time.monotonic() < limit, "nobody scrapes"
        time.sleep(0.1)


def test_it_answers_the_four_questions_that_people_ask_first(prometheus: Server, tmp_path: Path) -> None:
    scraped(prometheus, BEFORE)
    answers = {title: ask(prometheus, query) for title, query in SEEDED.items()}
    assert answers["Rollback Count (7d)"] == 0
    assert answers["Average Rollback Duration"] is None
    write(tmp_path / "rollback.prom", text(RUNS))
    scraped(prometheus, AFTER)
    answers = {title: ask(prometheus, query) for title, query in SEEDED.items()}
    # increase() reaches half an interval beyond the last sample, and there are few of them here
    assert answers["Rollback Count (7d)"] == pytest.approx(len(RUNS), rel=0.25)
    assert answers["Average Rollback Duration"] == pytest.approx((60 + 120 + 300) / 3)
    assert answers["Rollback Success Rate"] == pytest.approx(3 / 4)
    # 95 of 100 in buckets that end at 60, 120, 300 and 600 s: four fifths of the way through the last one
    assert answers["Time to Detection"] == pytest.approx(300 + 0.8 * 300)
    assert ask(prometheus, "sum(rollback_sla_met_total)") == 3
    assert ask(prometheus, 'up{job="rollback"}') == 1
