"""``kill -9`` of workers and coordinator at random moments, and a database that stops in between.

A failure prints the seed; ``SEED=… python -m tests.distributed.storm`` makes the same plans again.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from random import Random

from tests.distributed.storm import storm
from tests.execution.marks import slow


@slow
def test_a_storm_over_three_workers(tmp_path: Path) -> None:
    seed = int(os.environ.get("SEED") or time.time_ns() % 1_000_000)
    print(f"SEED={seed}")
    with storm(tmp_path, Random(seed)) as result:
        result.until(12)
    print(result.summary)
    assert result.wrong == []
    assert result.tally["outages"] == 1
