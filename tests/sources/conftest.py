"""A web server for every test that wants one, and a book to read it with."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from rollback_gov.sources.book import SourceBook
from tests.servers import free_port, missing
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
    port = free_port()
    target = f"{{targets: ['127.0.0.1:{port}']}}"
    config = f"scrape_configs: [{{job_name: self, scrape_interval: 1s, static_configs: [{target}]}}]"
    with _server("prometheus", config, port, storage="--storage.tsdb.path") as url:
        yield url


@pytest.fixture(scope="session")
def alertmanager() -> Iterator[str]:
    """The address of a real Alertmanager that tells nobody; skipped where the program is missing."""
    config = "{route: {receiver: nobody}, receivers: [{name: nobody}]}"
    with _server(
        "prometheus-alertmanager", config, free_port(), "--cluster.listen-address=", storage="--storage.path"
    ) as url:
        yield url


@contextmanager
def _server(name: str, config: str, port: int, *more: str, storage: str) -> Iterator[str]:
    program, url = shutil.which(name) or missing(name), f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as place, Path(place, "log").open("w", encoding="utf-8") as log:
        Path(place, "config.yml").write_text(config)
        arguments = [
            f"--config.file={place}/config.yml",
            f"{storage}={place}/data",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        process = subprocess.Popen([program, *arguments, *more], stdout=log, stderr=log)
        try:
            _wait_until_ready(f"{url}/-/ready", process)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=10)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + 20
    while time.monotonic() < limit and process.poll() is None:
        try:
            with urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} was not ready (exit code {process.poll()}).")
