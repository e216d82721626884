"""A program under a shim that outlives us, and what is left of it when we come back.

The shim is a few lines of ``sh`` in a session of its own. It writes who it is (boot id and its line of ``/proc``)
before it runs the program, and leaves the exit code in a file. It inherits a lock on what it wrote, so whoever comes
later can tell an orphan that still runs from a process that only carries the same number.
"""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from rollback_gov.execution.proc import Identity, group_members
from rollback_gov.model.record import Record

_SHIM = """\
state=$1; shift
trap : TERM INT HUP
boot= stat=
{ read -r boot < /proc/sys/kernel/random/boot_id; read -r stat < /proc/$$/stat; } 2> /dev/null
printf '%s\\n%s\\n' "$boot" "$stat" > "$state/process" || exit 125
"$@"
code=$?
printf '%s\\n' "$code" > "$state/exit"
exit "$code"
"""
GRACE_SECONDS = 5.0
"""Between TERM and KILL."""
HURRIED_GRACE = 2.0
"""The same when the run is to end. GitHub kills a cancelled job ten seconds after SIGINT, and sends SIGTERM after 7.5:
messages, the report and the mirror need the rest."""
_DYING_SECONDS = 1.0
"""For the kernel to carry a KILL out. What hangs in it longer (a dead disk) cannot be waited for."""


class Script(Record, kw_only=False):
    """What to run: bash text, the whole environment, and the folder to run it in."""

    text: str
    env: Mapping[str, str]
    folder: Path

    def arguments(self, state: Path) -> tuple[str, ...]:
        """Write the text down in ``state`` and give the arguments that run it."""
        path = state / "script"
        path.write_text(self.text, encoding="utf-8", errors="surrogateescape")
        return "bash", "-euo", "pipefail", str(path)


class Command(Record, kw_only=False):
    """What to run: a program with its arguments, which no shell reads, the whole environment, and the folder."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    folder: Path

    def arguments(self, _state: Path) -> tuple[str, ...]:
        """Give the arguments as they are."""
        return self.argv


Program: TypeAlias = Script | Command


class Process(Record, kw_only=False, frozen=False):
    """A running shim: our child, or an orphan of a process before us."""

    state: Path
    pid: int
    child: subprocess.Popen[bytes] | None = None

    @property
    def exit_code(self) -> int | None:
        """The script's exit code, or None while it runs. A killed shim gives 128 + the signal."""
        if self.child is None:
            return read_exit_code(self.state)
        code = self.child.poll()
        return code if code is None or code >= 0 else 128 - code

    @property
    def shim_was_killed(self) -> bool:
        """The shim did not live to see the end, so what it ran may still go on."""
        return self.child is not None and (self.child.returncode or 0) < 0

    @property
    def is_gone(self) -> bool:
        """The orphan ended and left no exit code."""
        return self.child is None and not _is_alive(self.state) and read_exit_code(self.state) is None

    def wait(self, seconds: float) -> None:
        """Wait until it ends, at most that long."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        except OSError:  # some containers forbid it
            time.sleep(seconds)
            return
        try:
            select.select([handle], [], [], seconds)
        finally:
            os.close(handle)

    def kill(self, *, grace: float = GRACE_SECONDS) -> None:
        """End the whole process group: TERM, and KILL for what is left after ``grace`` seconds."""
        self._signal(signal.SIGTERM)
        self._await_group(grace)
        self._signal(signal.SIGKILL)
        if self.child is not None:
            self.child.wait()
        self._await_group(_DYING_SECONDS)

    def _await_group(self, seconds: float) -> None:
        """Wait until nobody of the group runs, at most that long."""
        end = time.monotonic() + seconds
        while group_members(self.pid) and time.monotonic() < end:
            time.sleep(0.01)

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return


def start(state: Path, program: Program) -> Process:
    """Start a program. ``state`` is a new private folder that will hold its output and its exit code."""
    state.mkdir(mode=0o700, parents=True)
    arguments = program.arguments(state)
    lock_file = os.open(state / "process", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        with (state / "stdout").open("ab") as stdout, (state / "stderr").open("ab") as stderr:
            child = subprocess.Popen(
                ["/bin/sh", "-c", _SHIM, "sh", str(state), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env=dict(program.env),
                cwd=program.folder,
                start_new_session=True,
                pass_fds=(lock_file,),
            )
    finally:
        os.close(lock_file)
    return Process(state, child.pid, child)


Remains = Literal["never started", "running", "ended", "unknown"]


def remains(state: Path, *, patience: float = 2.0) -> Remains:
    """Say what became of a script whose starter died. A shim that was just born gets ``patience`` to write who it is.

    The exit code comes first: a daemon that the script started may hold the lock for ever. A lock that is held proves
    nothing without the process that was recorded. "Never started" holds within one boot: a power cut takes unsynced
    files away.
    """
    end = time.monotonic() + patience
    while _identity(state) is None and _is_locked(state) and time.monotonic() < end:
        time.sleep(0.01)
    if read_exit_code(state) is not None:
        return "ended"
    if _is_alive(state) and _is_locked(state):
        return "running"
    if read_exit_code(state) is not None:  # it ended while we looked
        return "ended"
    return "unknown" if _identity(state) or _is_locked(state) else "never started"


def adopt(state: Path) -> Process:
    """Take over an orphan that ``remains`` found running."""
    identity = _identity(state)
    if identity is None:
        raise ValueError(f"nothing runs in {state}")
    return Process(state, identity.pid)


def leftovers(state: Path) -> Process | None:
    """What still runs of a script whose shim is dead; None where nothing does. A daemon that left the group is none."""
    identity = _identity(state)
    if identity is None or identity.is_forgotten or not _is_locked(state) or not group_members(identity.pid):
        return None
    return Process(state, identity.pid)


def read_exit_code(state: Path) -> int | None:
    """Give the exit code that the shim left, or None. A line without its end is still being written."""
    try:
        text = (state / "exit").read_bytes()
        return int(text) if text.endswith(b"\n") else None
    except (OSError, ValueError):
        return None


def discard(state: Path) -> None:
    """Remove the raw output of a script that has ended; what is kept is masked."""
    shutil.rmtree(state, ignore_errors=True)


def _identity(state: Path) -> Identity | None:
    """Who the shim wrote that it is."""
    try:
        return Identity.parse((state / "process").read_text("utf-8", "replace"))
    except (OSError, ValueError):
        return None


def _is_alive(state: Path) -> bool:
    identity = _identity(state)
    return identity is not None and identity.is_alive


def _is_locked(state: Path) -> bool:
    try:
        file = os.open(state / "process", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(file)
