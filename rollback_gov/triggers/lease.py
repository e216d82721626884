"""One rollback an operation: of several watchers, the one that makes the lease file acts."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_START_TIME = 19
"""Position behind the name in /proc/PID/stat, which may itself hold blanks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lease, and what came of it (empty while it is under way)."""

    pid: int
    boot: str
    started: str
    host: str
    at: str
    reason: str
    result: str = ""

    @property
    def is_alive(self) -> bool:
        """The very process still runs: same machine, same boot, same number, same start. Elsewhere it may."""
        if self.host != os.uname().nodename:
            return not self.result
        return self.boot == _boot() and self.started == _started(self.pid)


@dataclass(frozen=True, slots=True)
class Lease:
    """The lease of one decision, in the watch's folder."""

    path: Path

    def take(self, *, at: str, reason: str) -> Holder | None:
        """Take the lease. Gives None when it is ours now, and its holder when it is not. Raises OSError."""
        ours = _ourselves(at, reason)
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        part.write_text(_text(ours), encoding="utf-8")
        try:
            # A link appears at once and whole, and fails if there is one: O_EXCL would show an empty file for a moment.
            os.link(part, self.path)
        except FileExistsError:
            return self.holder() or ours
        finally:
            part.unlink()
        return None

    def take_over(self, *, at: str, reason: str) -> None:
        """Replace a holder that died. Raises OSError."""
        self._write(_ourselves(at, reason))

    def settle(self, result: str) -> None:
        """Write down what came of it. Raises OSError."""
        holder = self.holder()
        if holder is not None:
            self._write(Holder(**{**asdict(holder), "result": result}))

    def holder(self) -> Holder | None:
        """Give who holds it, or None when nobody does."""
        try:
            return Holder(**json.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError):
            return Holder(pid=0, boot="", started="", host=os.uname().nodename, at="", reason="an unreadable lease")

    def set_aside(self) -> bool:
        """Put away the lease of what is over, so that the operation can be deployed and watched again.

        Says whether there was one.
        """
        holder = self.holder()
        if holder is None or not holder.result:
            return False
        name = "".join(letter for letter in holder.at if letter.isalnum())
        self.path.replace(self.path.with_name(f"{self.path.name}.{name}"))
        return True

    def _write(self, holder: Holder) -> None:
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        part.write_text(_text(holder), encoding="utf-8")
        part.replace(self.path)


def _ourselves(at: str, reason: str) -> Holder:
    pid = os.getpid()
    return Holder(pid=pid, boot=_boot(), started=_started(pid), host=os.uname().nodename, at=at, reason=reason)


def _text(holder: Holder) -> str:
    return json.dumps(asdict(holder), indent=1) + "\n"


def _boot() -> str:
    return _BOOT_ID.read_text(encoding="ascii").strip()


def _started(pid: int) -> str:
    """Give the start time of a process, or nothing when there is none."""
    try:
        return (
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="utf-8", errors="replace")
            .rpartition(")")[2]
            .split()[_START_TIME]
        )
    except (OSError, IndexError):
        return ""
