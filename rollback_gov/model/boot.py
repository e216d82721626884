"""This start of the machine, by the kernel's name for it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@cache
def boot_id() -> str:
    """Name this start of the machine, as no other start of any machine is named.

    Empty where a sandbox hides it, which is no reason not to roll back.
    """
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""
