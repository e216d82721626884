"""Jobs that take turns, request by request, in an order that a test draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from threading import Condition
from typing import Any

from rollback_gov.github.writing import Writing

Job = Callable[[Callable[[Writing], Writing]], object]


class Turns:
    """Whose request is next: as ``order`` says, and of the others when one has ended; behind its end in turn."""

    def __init__(self, jobs: int, order: Sequence[int]) -> None:
        self._order, self._left, self._at = [*order], set(range(jobs)), 0
        self._changed = Condition()

    def _next(self) -> int:
        while self._at < len(self._order) and self._order[self._at] not in self._left:
            self._at += 1
        return self._order[self._at] if self._at < len(self._order) else min(self._left, default=0)

    @contextmanager
    def turn(self, job: int) -> Any:
        """Wait for one's turn, and give it to the next."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._next() == job, timeout=60)
            yield
            self._at += 1
            self._changed.notify_all()

    def leave(self, job: int) -> None:
        """Have no more requests."""
        with self._changed:
            self._left.discard(job)
            self._changed.notify_all()


def interleave(jobs: Sequence[Job], order: Sequence[int]) -> None:
    """Run all jobs at once. Each gets a function that lets a ``Writing`` wait for its turn before every request."""
    turns = Turns(len(jobs), order)

    def run(number: int) -> None:
        try:
            jobs[number](lambda writing: _waiting(writing, lambda: turns.turn(number)))
        finally:
            turns.leave(number)

    with ThreadPoolExecutor(len(jobs)) as pool:
        list(pool.map(run, range(len(jobs))))


def _waiting(writing: Writing, turn: Callable[[], AbstractContextManager[None]]) -> Writing:
    ask: Any = writing._ask

    def in_turn(*words: Any, **named: Any) -> Any:
        with turn():
            return ask(*words, **named)

    writing._ask = in_turn
    return writing
