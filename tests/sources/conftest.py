"""A web server for every test that wants one, and a book to read it with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rollback_gov.sources.book import SourceBook
from tests.monitoring import start_alertmanager, start_prometheus
from tests.sources.web import Web, serve


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as server:
        yield server


@pytest.fixture
def book() -> Iterator[SourceBook]:
    """A book without an environment: queries carry their own addresses."""
    with SourceBook(environ={}, parameters={}) as opened:
        yield opened


@pytest.fixture(scope="session")
def prometheus() -> Iterator[str]:
    """The address of a real Prometheus that scrapes itself; skipped where the program is missing."""
    config = "scrape_configs: [{job_name: self, scrape_interval: 1s, static_configs: [{targets: ['127.0.0.1:PORT']}]}]"
    with start_prometheus(config) as server:
        yield server.url


@pytest.fixture(scope="session")
def alertmanager() -> Iterator[str]:
    """The address of a real Alertmanager that tells nobody; skipped where the program is missing."""
    with start_alertmanager("{route: {receiver: nobody}, receivers: [{name: nobody}]}") as server:
        yield server.url
