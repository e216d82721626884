"""``manual``: what people report, such as ten complaints of users within an hour.

Reports are JSON lines: ``{"at": "2026-01-31T12:00:00.000Z", "signal": "user_reports", "count": 3, "by": "ana"}``.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, Observation, Value


class Manual:
    """Counts what was reported under a signal, within ``over`` where the query has one."""

    def __init__(self, reports: Path | None) -> None:
        self._reports = reports

    def read(self, query: Query, at: float) -> Observation:
        """Count; nothing reported is the value 0. The sample is the time of the latest report."""
        if self._reports is None:
            return Error("nothing is known about where people report")
        try:
            return counted(_read(self._reports, query.signal), query.over, at)
        except (OSError, ValueError) as error:
            return Error(f"{self._reports.name} cannot be read as reports: {getattr(error, 'strerror', None) or error}")

    def close(self) -> None:
        """Nothing to let go of: the file is closed after every reading."""


def counted(reports: Iterable[tuple[float, Decimal]], over: Duration | None, at: float) -> Value:
    """Count reports (time and number) up to a time, and within ``over`` before it; none is the value 0."""
    since = at - over.seconds if over else float("-inf")
    within = [(when, number) for when, number in reports if since < when <= at]
    return Value(sum((number for _, number in within), Decimal(0)), max((when for when, _ in within), default=at))


def report(reports: Path, *, signal: str, count: int, at: float, by: str) -> None:
    """Write down that people reported ``signal`` so many times. Raises OSError.

    A whole line or none of it, and what was torn before goes: half a line would spoil all reports.
    """
    reports.parent.mkdir(parents=True, exist_ok=True)
    when = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = json.dumps({"at": when, "signal": signal, "count": count, "by": by}).encode() + b"\n"
    with reports.open("a+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        whole = file.read().rpartition(b"\n")
        size = len(whole[0] + whole[1])
        file.truncate(size)
        try:
            if file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            file.truncate(size)
            raise


def set_aside(reports: Path, *, at: float) -> Path | None:
    """Keep reports under another name, so that they count no more; gives it, or None where nothing was reported.

    Raises OSError.
    """
    if not reports.exists() or not reports.stat().st_size:
        return None
    when = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d-%H%M%S")
    return reports.rename(reports.with_name(f"{reports.stem}.before-{when}{reports.suffix}"))


def _read(reports: Path, signal: str) -> Iterator[tuple[float, Decimal]]:
    if not reports.exists():
        return
    # What stands behind the last line's end is being written, or was torn.
    for number, line in enumerate(reports.read_text(encoding="utf-8").split("\n")[:-1], 1):
        try:
            entry = json.loads(line)
            at, count = datetime.fromisoformat(entry["at"]).timestamp(), Decimal(int(entry["count"]))
            is_meant = entry["signal"] == signal
        except (ValueError, TypeError, KeyError):
            raise ValueError(f"line {number} is none; correct or remove it") from None
        if is_meant:
            yield at, count
