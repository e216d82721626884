"""What Linux says about processes under ``/proc``: whether one is still the same, and who is in a group."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from rollback_gov.model.boot import boot_id
from rollback_gov.model.record import Record

_PROC = Path("/proc")


class Identity(Record, kw_only=False):
    """A process that is never mistaken for another one: the number alone comes back, after a reboot even soon."""

    boot: str
    pid: int
    started: str
    """Clock ticks since the boot."""

    @classmethod
    def parse(cls, text: str) -> Identity:
        """Read a boot id and, on the next line, what ``/proc/PID/stat`` said. Raises ValueError."""
        boot, _, rest = text.partition("\n")
        line, end, _ = rest.partition("\n")
        if not end:
            raise ValueError("the lines are not complete")
        return cls(boot, int(line.split(" ", 1)[0]), _Stat.parse(line).started)

    @property
    def is_alive(self) -> bool:
        """This very process still runs."""
        stat = _read(_PROC / str(self.pid))
        return stat is not None and stat.runs and stat.started == self.started and not self._is_of_another_boot

    @property
    def is_forgotten(self) -> bool:
        """The number says nothing any more: another process has it, or the machine was started anew.

        As long as anybody of the group lives, the kernel gives its number to nobody else.
        """
        stat = _read(_PROC / str(self.pid))
        return self._is_of_another_boot or (stat is not None and stat.started != self.started)

    @property
    def _is_of_another_boot(self) -> bool:
        """It is known to be. A sandbox may hide the boot from us or from the process: then its start tells alone."""
        return bool(self.boot) and boot_id() not in ("", self.boot)


def group_members(group: int) -> list[int]:
    """Give the processes of a group that still run. Group 0 is of nowhere: to a signal it would be our own."""
    return [pid for pid, stat in _all() if stat.group == group and stat.runs] if group else []


def is_stopped(pid: int) -> bool:
    """Tell whether a process of this machine is frozen: somebody sent SIGSTOP, or a debugger holds it."""
    stat = _read(_PROC / str(pid))
    return stat is not None and stat.state in ("T", "t")


def holders(folder: Path) -> list[str]:
    """Name the other processes that have a file of a folder open, as ``PID (name)``; those that we may look at."""
    return [
        f"{process.name} ({_name(process)})"
        for process in _PROC.iterdir()
        if process.name.isdigit() and int(process.name) != os.getpid() and _holds(process, f"{folder.resolve()}/")
    ]


def _holds(process: Path, prefix: str) -> bool:
    try:
        return any(str(file.readlink()).startswith(prefix) for file in (process / "fd").iterdir())
    except OSError:
        return False


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text("utf-8", "replace").strip()
    except OSError:
        return "gone by now"


class _Stat(Record, kw_only=False):
    """Fields 3, 5 and 22 of ``/proc/PID/stat``."""

    state: str
    group: int
    started: str

    @classmethod
    def parse(cls, line: str) -> _Stat:
        """Read a line; the name in it may hold blanks and parentheses. Raises ValueError."""
        fields = line.rpartition(")")[2].split()
        if len(fields) < 20:
            raise ValueError("the line is not complete")
        return cls(fields[0], int(fields[2]), fields[19])

    @property
    def runs(self) -> bool:
        return self.state not in ("Z", "X")


def _read(process: Path) -> _Stat | None:
    try:
        return _Stat.parse((process / "stat").read_text("utf-8", "replace"))
    except (OSError, ValueError):
        return None


def _all() -> Iterator[tuple[int, _Stat]]:
    for entry in _PROC.iterdir():
        stat = _read(entry) if entry.name.isdigit() else None
        if stat is not None:
            yield int(entry.name), stat
