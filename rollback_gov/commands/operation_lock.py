"""One run of an operation in an environment, or in a region of it, at a time; who comes second hears who was first."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from rollback_gov.commands.target import Target
from rollback_gov.commands.world import World
from rollback_gov.execution.clock import stamp
from rollback_gov.execution.journal import JournalError, lock
from rollback_gov.execution.proc import is_stopped
from rollback_gov.model.errors import Refused, UsageError

_FIELDS = ("run", "by", "host", "pid", "since")


Sign = Callable[[str], None]


@contextmanager
def operation_lock(target: Target, world: World) -> Iterator[Sign]:
    """Hold the one lock of an operation in an environment; a run of all regions holds those of its regions too.

    It ends with this process, however that ends. Gives a function that names the run to others, for whoever knows it
    only under the lock. Raises Refused when another run has a lock, with what that one wrote about itself; UsageError
    where there can be none.
    """
    wanted = (target, *(target.lanes if target.is_regional else ()))
    with ExitStack() as stack:
        signs = [stack.enter_context(_lock_of(one, world)) for one in wanted]

        def sign(run: str) -> None:
            for one in signs:
                one(run)

        yield sign


@contextmanager
def _lock_of(target: Target, world: World) -> Iterator[Sign]:
    parts = (target.loaded.require().metadata.operation, target.environment, target.region)
    name = " in ".join((parts[0], ", ".join(part for part in parts[1:] if part)))
    file = _LockFile(target.incidents / ".locks" / _file_name(parts))
    since = stamp(world.clock.now())

    def sign(run: str) -> None:
        holder = (run, world.person, os.uname().nodename, os.getpid(), since)
        file.write(json.dumps(dict(zip(_FIELDS, holder, strict=True))))

    try:
        try:
            lock(file.number, world.clock, "")
        except JournalError:
            raise _busy(name, file.number) from None
        sign("")
        try:
            with world.stop.looking_after(file.keep):
                yield sign
        finally:
            file.write("")
    finally:
        os.close(file.number)


class _LockFile:
    """The file that is locked. ``number`` is its descriptor."""

    def __init__(self, path: Path) -> None:
        self.number = _open(path)
        self._path = path
        self._words = ""

    def write(self, words: str) -> None:
        """Say who holds the lock."""
        self._words = words
        _write(self.number, words)

    def keep(self) -> None:
        """Make and lock it anew when a step has removed it, as ``git clean`` does with what is not committed.

        Whoever begins meanwhile would make another file, and hold that one.
        """
        if os.fstat(self.number).st_nlink:
            return
        with suppress(OSError, UsageError):
            file = _open(self._path)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(file)
                return
            os.close(self.number)
            self.number = file
            _write(file, self._words)


def _file_name(parts: tuple[str, ...]) -> str:
    """Give a name of its own to each operation, environment and region. None of them has a ``+`` after this."""
    from urllib.parse import quote

    return f"{'+'.join(quote(part, safe='') for part in parts if part)}.lock"


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UsageError(
            f"Cannot open the lock {path}: {error.strerror}.",
            hint="Runs are kept there: make it writable, or roll back from a checkout that is.",
        ) from error


def _write(file: int, text: str) -> None:
    """Say who holds the lock. A disk that takes no word of it does not matter: the lock is not in the words."""
    try:
        os.ftruncate(file, 0)
        os.pwrite(file, text.encode("utf-8", "backslashreplace"), 0)
    except OSError:
        return


def _busy(name: str, file: int) -> Refused:
    run, by, host, pid, since = _holder(file)
    if not pid:
        return Refused(f"Another run of {name} is going on.", hint="Look at it with: rollback-gov status latest")
    who = f"process {pid} on {host}, since {since}, started by {by}"
    if not run:
        return Refused(f"Another run of {name} is just beginning: {who}.", hint="Wait for it.")
    look = f"Look at it with: rollback-gov status {run}"
    if host == os.uname().nodename and pid.isdecimal() and is_stopped(int(pid)):
        # What it began may still be running, and it would go on with the rest when it wakes: one of the two must end.
        wake = f"Let it go on: kill -CONT {pid}\nOr end it and take over: kill -KILL {pid} && rollback-gov resume {run}"
        return Refused(f"The run {run} of {name} is frozen, and keeps its lock: {who}.", hint=f"{look}\n{wake}")
    return Refused(
        f"The run {run} of {name} is going on: {who}.",
        hint=f"{look}\nWhen its process is dead: rollback-gov resume {run}",
    )


def _holder(file: int) -> tuple[str, ...]:
    """What the holder wrote about itself; empty texts where it has not written yet or wrote nonsense."""
    try:
        fields = json.loads(os.pread(file, 65_536, 0))
        return tuple(str(fields[name]) for name in _FIELDS)
    except (OSError, ValueError, KeyError, TypeError):
        return ("",) * len(_FIELDS)
