"""PromQL expressions on series that a test makes up, evaluated by the real promtool; and a real Prometheus."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

from tests.servers import free_port, missing

INTERVAL = 5
"""Seconds between two samples."""


def holds(folder: Path, expression: str, series: Mapping[str, str], *, minutes: int, value: float | None) -> str:
    """Compare an expression's value after some minutes; None stands for no value at all. Gives what is wrong.

    ``series`` maps a series to its samples as promtool writes them (``0+5x60``: from zero, sixty steps of five).
    """
    program = shutil.which("promtool") or missing("promtool")
    samples = [] if value is None else [{"labels": "{}", "value": value}]
    test = {
        "interval": f"{INTERVAL}s",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [{"expr": expression, "eval_time": f"{minutes}m", "exp_samples": samples}],
    }
    path = folder / "test.yaml"
    path.write_text(json.dumps({"evaluation_interval": f"{INTERVAL}s", "tests": [test]}), encoding="utf-8")
    done = subprocess.run(
        [program, "test", "rules", str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@contextmanager
def prometheus(folder: Path, targets: Mapping[str, str]) -> Iterator[str]:
    """Run a Prometheus that scrapes targets every half second; gives its address.

    ``targets`` maps ``host:port`` to the target's labels, as ``job=x,version=y``.
    """
    program = shutil.which("prometheus") or missing("prometheus")
    port = free_port()
    scraped = [
        {"targets": [target], "labels": dict(pair.split("=") for pair in labels.split(","))}
        for target, labels in targets.items()
    ]
    config = {
        "global": {"scrape_interval": "500ms", "scrape_timeout": "400ms"},
        "scrape_configs": [{"job_name": "test", "static_configs": scraped}],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")
    command = [program, f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'tsdb'}"]
    process = subprocess.Popen(
        [*command, f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"], stdin=subprocess.DEVNULL
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/v1/query?query=min(count_over_time(up[1m]))")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_for(address: str) -> None:
    """Wait until every target was scraped a few times, so that rates have values."""
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        with suppress(OSError), urlopen(address, timeout=2) as answer:  # loopback only
            found = json.load(answer)["data"]["result"]
            if found and float(found[0]["value"][1]) >= 4:
                return
        time.sleep(0.1)
    raise RuntimeError("Prometheus did not scrape its targets within twenty seconds.")
