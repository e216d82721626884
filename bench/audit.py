"""``audit verify`` of a long log, beside ``sha256sum`` of the same file.

Both read a log of 100,000 entries, in turns, each in a process of its own; the best of each counts (processor time).
Exit code 1 above ten times, or where a log of ten times the length takes a quarter more memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rollback_gov.records.audit.entry import Entry
from rollback_gov.records.audit.log import FILE, FileLog

ENTRIES, ROUNDS, MOST, MORE_MEMORY = 100_000, 5, 10.0, 1.25
VERIFY = """\
import sys
from pathlib import Path
from rollback_gov.records.audit.chain import check
from rollback_gov.records.audit.log import FileLog
assert not check(FileLog(Path(sys.argv[1])).blocks(), (), "log").problems
"""
DATA = {
    "environment": "production",
    "permit": "5d41402abc4b2a76b9719d911017c592" * 2,
    "reasons": ["plan-changed", "expired"],
    "level": 3,
}


def write_log(folder: Path, count: int) -> None:
    """Write a log of so many entries."""
    log = FileLog(folder)
    for start in range(0, count, 10_000):
        log.append(
            [
                Entry(
                    at="2026-11-30T02:31:01Z",
                    by="ann@example.org",
                    event="permit.denied",
                    operation="op-12345",
                    data=DATA,
                    id=f"{n:016x}",
                )
                for n in range(start, min(start + 10_000, count))
            ]
        )


def measured(command: list[str]) -> tuple[float, int]:
    """Give the processor time in milliseconds and the memory in MiB of a command."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, command
    return (used.ru_utime + used.ru_stime) * 1000, used.ru_maxrss // 1024


def main() -> int:
    """Measure in turns, print, judge."""
    with tempfile.TemporaryDirectory() as place:
        short, long = Path(place, "short"), Path(place, "long")
        write_log(short, ENTRIES // 10)
        write_log(long, ENTRIES)
        verify, digest = [sys.executable, "-c", VERIFY, str(long)], ["sha256sum", str(long / FILE)]
        rounds = [(measured(verify), measured(digest)) for _ in range(ROUNDS)]
        little = measured([*verify[:-1], str(short)])[1]
        size = (long / FILE).stat().st_size / 1_048_576
    ours, theirs = (min(time for time, _ in times) for times in zip(*rounds, strict=True))
    memory = min(memory for (_, memory), _ in rounds)
    ratio = ours / theirs
    print(f"audit verify, {ENTRIES:,} entries, {size:.0f} MiB   {ours:6.0f} ms of processor time, start included")
    print(f"sha256sum of the same file             {theirs:6.0f} ms")
    print(f"ratio                                  {ratio:6.1f}    (at most {MOST:g})")
    print(f"memory                                 {memory:6} MiB, of a tenth of the log {little} MiB")
    return 0 if ratio <= MOST and memory <= little * MORE_MEMORY else 1


if __name__ == "__main__":
    sys.exit(main())
