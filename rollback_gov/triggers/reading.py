"""All queries of one tick, put side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import replace
from time import monotonic
from typing import Protocol

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, Observation
from rollback_gov.model.trigger import Trigger
from rollback_gov.triggers.condition import queries
from rollback_gov.triggers.machine import interval

MOST_THREADS = 32
_GRACE = 0.5
"""Seconds beyond a query's own timeout: resolving a name is the one thing that no timeout of ours ends."""


class Book(Protocol):
    """What reads a query: in life, a ``SourceBook``."""

    def read(self, query: Query, at: float) -> Observation:
        """Read one number; never raises for what the outside does."""
        ...

    def notes(self) -> tuple[str, ...]:
        """Give what sources had to say beside their numbers since the last call."""
        ...


class Reader:
    """Reads what a tick needs. A source that hangs costs its own triggers a reading, and no other one anything."""

    def __init__(self, book: Book, every: Duration) -> None:
        self._book = book
        self._every = every
        self._pool = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="reading")

    def read(self, triggers: Iterable[Trigger], at: float) -> dict[str, dict[str, Observation]]:
        """Read all queries of these triggers at one time: trigger id -> role -> observation."""
        return self.ask(triggers, at).answers()

    def ask(self, triggers: Iterable[Trigger], at: float) -> Asked:
        """Send all queries of these triggers, and wait for nothing. The same query is read once."""
        wanted = {trigger.id: self._in_time(trigger) for trigger in triggers}
        asked: dict[str, tuple[Query, Future[Observation]]] = {}
        keys: dict[str, dict[str, str]] = {}
        for name, roles in wanted.items():
            keys[name] = {role: repr(query) for role, query in roles.items()}
            for role, query in roles.items():
                key = keys[name][role]
                if key not in asked:
                    asked[key] = query, self._pool.submit(self._book.read, query, at)
        return Asked(keys, asked, monotonic())

    def notes(self) -> tuple[str, ...]:
        """Give what sources had to say beside their numbers since the last call."""
        return self._book.notes()

    def close(self) -> None:
        """Wait for nothing: whatever still hangs ends by its own timeout."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _in_time(self, trigger: Trigger) -> Mapping[str, Query]:
        """Give the trigger's queries with timeouts below its interval, so that a tick is over before the next.

        A second is left in any case: below it, a busy machine of ours would look like a silent server.
        """
        longest = Duration(max(1000, interval(trigger, self._every).milliseconds * 9 // 10))
        return {
            role: query if query.timeout <= longest else replace(query, timeout=longest)
            for role, query in queries(trigger).items()
        }


class Asked:
    """Queries that are under way."""

    def __init__(
        self,
        keys: Mapping[str, Mapping[str, str]],
        asked: Mapping[str, tuple[Query, Future[Observation]]],
        began: float,
    ) -> None:
        self._keys, self._asked, self._began = keys, asked, began

    @property
    def is_ready(self) -> bool:
        """Every query has its answer, or has had its time."""
        now = monotonic()
        return all(future.done() or now >= self._limit(query) for query, future in self._asked.values())

    def when_answered(self, call: Callable[[], None]) -> None:
        """Have something called, in another thread, after each answer."""
        for _, future in self._asked.values():
            future.add_done_callback(lambda _future: call())

    def answers(self) -> dict[str, dict[str, Observation]]:
        """Wait for all answers, each within its time: trigger id -> role -> observation."""
        answers = {key: self._answer(query, future) for key, (query, future) in self._asked.items()}
        return {name: {role: answers[key] for role, key in roles.items()} for name, roles in self._keys.items()}

    def _limit(self, query: Query) -> float:
        return self._began + query.timeout.seconds + _GRACE

    def _answer(self, query: Query, future: Future[Observation]) -> Observation:
        try:
            return future.result(timeout=max(0.0, self._limit(query) - monotonic()))
        except TooLate:
            future.cancel()
            return Error(f"{query.source} gave no answer within {query.timeout}")
        except Exception as error:
            # A defect of a source must not end a watch that other triggers depend on; it is reported as blindness.
            return Error(f"{query.source} failed inside: {type(error).__name__}")
