"""Turning new orders away, as a load balancer would: for whichever version runs, and while none does."""

from __future__ import annotations

from pathlib import Path


def set_draining(flag: Path, *, enabled: bool) -> None:
    """Switch draining on or off; the flag is a file, so that a deployment does not end it."""
    if enabled:
        flag.parent.mkdir(parents=True, exist_ok=True)
        flag.touch()
    else:
        flag.unlink(missing_ok=True)
