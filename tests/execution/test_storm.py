"""``kill -9`` at random moments, again and again: no step twice without a person's word, and none lost.

A failure prints the seed; ``SEED=… make storm`` makes the same plans again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.execution.marks import slow
from tests.execution.storm import Outside, Storm, outside


@pytest.fixture
def around() -> Iterator[Outside]:
    """A world of its own for each storm: runs are told apart by a number that each storm begins anew."""
    with outside(Random(0)) as outer_world:
        yield outer_world


def storm(folder: Path, around: Outside, kills: int) -> Storm:
    seed = int(os.environ.get("SEED") or time.time_ns() % 1_000_000)
    print(f"SEED={seed}")
    result = Storm(folder / "run", Random(seed), around).until(kills)
    print(result.summary)
    return result


def test_a_small_storm(tmp_path: Path, around: Outside) -> None:
    assert storm(tmp_path, around, 20).wrong == []


@slow
def test_a_storm_of_two_hundred_kills(tmp_path: Path, around: Outside) -> None:
    result = storm(tmp_path, around, 200)
    assert result.wrong == []
    assert result.kills.keys() == {"executor", "all", "executor and shim", "shim", "step"}
    assert min(result.tally[name] for name in ("found", "unknown", "asked", "settled: idempotent, run_again")) > 0
