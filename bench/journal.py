"""Events per second of the journal, beside a loop of ``write`` and ``fdatasync`` of lines of the same length.

Both run in turns on the same disk; the best of each counts. Exit code 1 below a third of the bare loop.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from rollback_gov.execution.clock import SystemClock
from rollback_gov.execution.journal import FILE, Journal
from rollback_gov.execution.masking import Masker

EVENTS, ROUNDS, LEAST = 1_000, 5, 1 / 3
DATA = {
    "step": "phases/database/restore-dump/restore",
    "title": "Restore the dump that was taken before the change",
    "action": "run",
    "attempt": 1,
    "deadline": "2026-01-31T12:10:00.000Z",
    "timeout_seconds": 120.0,
    "script_sha256": "0" * 64,
    "destructive": True,
    "idempotent": True,
}


def append_all(folder: Path) -> None:
    """Append as a run does: masked, chained, synced."""
    with closing(Journal(folder, SystemClock(), mask=Masker(["not-a-secret"]).data)) as journal:
        for _ in range(EVENTS):
            journal.append("step.intent", DATA)


def write_all(folder: Path) -> None:
    """Write as many lines of that length and sync each."""
    line = b"x" * 499 + b"\n"
    file = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    for _ in range(EVENTS):
        os.write(file, line)
        os.fdatasync(file)
    os.close(file)


def per_second(write: Callable[[Path], None], place: Path) -> float:
    """Run once in a new folder and give lines per second."""
    folder = Path(tempfile.mkdtemp(dir=place))
    began = time.perf_counter()
    write(folder)
    return EVENTS / (time.perf_counter() - began)


def main() -> int:
    """Measure in turns, print, judge."""
    with tempfile.TemporaryDirectory(prefix="rollback-gov-bench-") as folder:
        pairs = [(per_second(append_all, Path(folder)), per_second(write_all, Path(folder))) for _ in range(ROUNDS)]
    ours, theirs = (max(rates) for rates in zip(*pairs, strict=True))
    print(f"journal                   {ours:8.0f} events per second")
    print(f"write and fdatasync       {theirs:8.0f} lines per second    (the journal: {ours / theirs:.2f} of it)")
    return 0 if ours / theirs >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
