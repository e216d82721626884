"""Who holds a lease: the document that stands for it, and whether that process lives."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import Any

from rollback_gov.model.boot import boot_id

_PROCESSES = Path("/proc/self/ns/pid")
_START_TIME = 19
"""Position behind the name in /proc/PID/stat, which may itself hold blanks."""
_DEAD = ("Z", "X")
"""States of a process that has ended and was not waited for."""
_US = token_hex(8)
"""Tells this process from one that had its number before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lease, and what came of it (empty while it is under way).

    ``run`` names the run that has begun; ``beat`` counts signs of life; ``free`` means that nobody holds it any more.
    """

    pid: int
    boot: str
    started: str
    host: str
    at: str
    reason: str
    by: str = ""
    result: str = ""
    token: int = 0
    owner: str = ""
    run: str = ""
    beat: int = 0
    free: bool = False

    @property
    def is_near(self) -> bool:
        """A process of this machine and this container, so that we can see whether it lives."""
        return bool(boot()) and self.host == os.uname().nodename and self.boot == boot()

    @property
    def is_running(self) -> bool:
        """The very process runs: same boot, same number, same start."""
        return self.is_near and self.started == _started(self.pid)


def ourselves(at: str, reason: str, by: str, *, token: int, run: str = "") -> Holder:
    """Give this process as a holder; each time as another one. ``run``: one that began before and has not ended."""
    pid = os.getpid()
    return Holder(
        pid=pid,
        boot=boot(),
        started=_started(pid),
        host=os.uname().nodename,
        at=at,
        reason=reason,
        by=by,
        token=token,
        run=run,
        owner=f"{_US}.{token_hex(4)}",
    )


def read_holder(text: str) -> Holder:
    """Read a document. A damaged one belongs to nobody who lives: its holder would find another token there."""
    try:
        document: dict[str, Any] = json.loads(text)
        return Holder(**document)
    except (ValueError, TypeError):
        host = os.uname().nodename
        return Holder(pid=0, boot=boot(), started="never", host=host, at="", reason="an unreadable lease")


def text_of(holder: Holder) -> str:
    """Write the document."""
    return json.dumps(asdict(holder), indent=1) + "\n"


@cache
def boot() -> str:
    """Name the boot and the process numbers' own world: a container counts its processes anew.

    Empty where ``/proc`` is hidden: then nobody is near, and whoever gives signs of life lives.
    """
    try:
        return f"{boot_id()} {_PROCESSES.readlink()}"
    except OSError:
        return ""


def _started(pid: int) -> str:
    """Give the start time of a process, or nothing when there is none, or only what is left of one."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return "" if stat[0] in _DEAD else stat[_START_TIME]
    except (OSError, IndexError):
        return ""
