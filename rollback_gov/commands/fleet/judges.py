"""Work on what nobody trusts, in processes of its own: whatever it does to one of them, the others go on."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

SECONDS = 60.0
"""For one piece of work."""
BYTES = 2 * 1024**3
"""Of address space, for one process."""
_CONTEXT = get_context("fork")


class _Judge:
    """One process, and what it works on."""

    def __init__(self, work: Callable[[Any], Any], others: Sequence[_Judge], seconds: float) -> None:
        self.connection, there = _CONTEXT.Pipe()
        inherited = [self.connection, *(other.connection for other in others)]
        self.process: BaseProcess = _CONTEXT.Process(target=_serve, args=(there, work, inherited, seconds), daemon=True)
        self.process.start()
        there.close()
        self._seconds = seconds
        self.item: Any = None
        self.end = 0.0

    def give(self, item: Any) -> None:
        self.item, self.end = item, time.monotonic() + self._seconds
        self.connection.send((item,))

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def judged(
    items: Sequence[T],
    work: Callable[[T], R],
    lost: Callable[[T, str], R],
    *,
    processes: int,
    seconds: float = SECONDS,
) -> Iterator[R]:
    """Give the result for each item, in any order. ``lost`` makes one of a reason where the work gave none."""
    waiting = iter(items)
    judges: list[_Judge] = []
    try:
        for item in waiting:
            judges.append(_Judge(work, judges, seconds))
            judges[-1].give(item)
            if len(judges) >= processes:
                break
        while judges:
            for judge in _heard(judges):
                yield _result(judge, lost)
                judges.remove(judge)
                again = _again(judge, work, judges, waiting, seconds)
                judges += [again] if again else []
    finally:
        for judge in judges:
            judge.kill()


def _heard(judges: Sequence[_Judge]) -> list[_Judge]:
    """Wait until one has an answer, has died, or has had its time."""
    first = min(judge.end for judge in judges)
    ready = wait([judge.connection for judge in judges], timeout=max(0.0, first - time.monotonic()))
    now = time.monotonic()
    return [judge for judge in judges if judge.connection in ready or judge.end <= now]


def _result(judge: _Judge, lost: Callable[[Any, str], Any]) -> Any:
    """Take the answer; one that died or takes too long is ended."""
    try:
        if not judge.connection.poll():
            judge.kill()
            return lost(judge.item, "judging it takes too long")
        result, problem = judge.connection.recv()
    except (EOFError, OSError):
        judge.kill()
        return lost(judge.item, f"judging it ended the process ({judge.process.exitcode})")
    return lost(judge.item, problem) if problem else result


def _again(
    judge: _Judge, work: Callable[[Any], Any], others: Sequence[_Judge], waiting: Iterator[Any], seconds: float
) -> _Judge | None:
    """Give the next piece of work to the same process, or to a new one where that is gone; None: there is no more."""
    for item in waiting:
        if judge.connection.closed:
            judge = _Judge(work, others, seconds)
        judge.give(item)
        return judge
    if not judge.connection.closed:
        judge.kill()
    return None


def _serve(connection: Connection, work: Callable[[Any], Any], inherited: Sequence[Connection], seconds: float) -> None:
    """Work until nobody is there any more, and on nothing for longer than that, should nobody be left to say so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    for other in inherited:  # else nobody notices when the parent is gone
        other.close()
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    with suppress(EOFError, OSError):
        while True:
            (item,) = connection.recv()
            signal.alarm(int(seconds) + 2)
            answer = _answer(work, item)
            signal.alarm(0)
            connection.send(answer)


def _answer(work: Callable[[Any], Any], item: Any) -> tuple[Any, str]:
    """Give the result, or why there is none."""
    try:
        return work(item), ""
    except MemoryError:
        return None, "judging it takes too much memory"
    except Exception as error:  # a defect, and one of one repository only
        return None, f"judging it ran into a defect of rollback-gov ({type(error).__name__}: {str(error)[:200]})"
