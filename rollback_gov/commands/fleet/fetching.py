"""Reading repositories, a few at a time: each is kept as soon as it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from threading import Lock, Thread
from typing import TYPE_CHECKING

from rollback_gov.commands.fleet.reading import read_repository
from rollback_gov.commands.fleet.state import State
from rollback_gov.commands.fleet.targets import Target
from rollback_gov.github.fleet.asking import Asking
from rollback_gov.github.fleet.traffic import ScanEnded, Traffic

if TYPE_CHECKING:
    from github import Github

Connect = Callable[[], AbstractContextManager["Github"]]
"""Opens one connection; a thread has its own."""
Tell = Callable[[int, int, int], None]
"""Told how many repositories of how many are read, with how many requests."""
SETTLES = timedelta(hours=1)
"""GitHub keeps a repository in several places, and may say that something was pushed before all of them have it."""
_LOOK_SECONDS = 0.2


class Fetching:
    """Reads what is not done yet."""

    def __init__(self, state: State, traffic: Traffic, connect: Connect, now: datetime) -> None:
        self._state, self._traffic, self._connect = state, traffic, connect
        self._settled = f"{now - SETTLES:%Y-%m-%dT%H:%M:%SZ}"
        self._lock = Lock()
        self._broken: list[BaseException] = []

    def fetch(self, targets: Sequence[Target], jobs: int, tell: Tell) -> None:
        """Read all of them. Raises ScanEnded where that cannot go on; what is read until then is kept."""
        waiting = iter([target for target in targets if target.name not in self._state.done])
        threads = [Thread(target=self._work, args=(waiting,), daemon=True) for _ in range(jobs)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(_LOOK_SECONDS)
                    tell(len(self._state.done), len(targets), self._traffic.requests)
        except BaseException:
            self._traffic.stop(ScanEnded("The scan was interrupted."))
            raise
        finally:
            for thread in threads:
                thread.join()
        if self._broken:
            raise self._broken[0]

    def _work(self, waiting: Iterator[Target]) -> None:
        try:
            with self._connect() as connection:
                asking = Asking(connection, self._traffic)
                while (target := self._next(waiting)) is not None:
                    before = None if target.closed else self._state.snapshot(target.name)
                    self._state.finish(*read_repository(asking, target, before, settled=self._settled))
        except BaseException as error:  # the first is raised where all of them are waited for
            with self._lock:
                self._broken.append(error)
            self._traffic.stop(error if isinstance(error, ScanEnded) else ScanEnded("The scan was interrupted."))

    def _next(self, waiting: Iterator[Target]) -> Target | None:
        with self._lock:
            return None if self._broken else next(waiting, None)
