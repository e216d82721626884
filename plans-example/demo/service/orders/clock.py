"""The time, as it is written into rows, logs and file names."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """UTC to the millisecond, such as 2025-12-01T10:00:00.123Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
