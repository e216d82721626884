"""``kill -9`` of workers and coordinator at random moments, and a database that stops in between.

A failure prints the seed; ``SEED=… python -m tests.distributed.storm`` makes the same plans again.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from random import Random

from tests.distributed.storm import WorkerStorm, storm
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
        assert result.kills.total() >= 12
        assert _blamed(result, "INSERT INTO effects SELECT * FROM effects") == {"doubles"}
        assert _blamed(result, "DELETE FROM effects") == {"lost"}


def _blamed(result: WorkerStorm, change: str) -> set[str]:
    """What the storm finds wrong when somebody has changed what the outside saw of its last run."""
    before = Counter(result.tally)
    result.outside.query(change)
    result.check()
    return {word for word in ("doubles", "lost") if result.tally[word] > before[word]}
