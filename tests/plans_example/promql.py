"""PromQL expressions on series that a test makes up, evaluated by the real promtool."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.servers import missing

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
