"""The same work for many files: in this process, or in one process a processor where there are many."""

from __future__ import annotations

import gc
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

MANY = 64
"""From so many files on, processes are worth their start."""
CHUNK = 16
"""How many files a process takes at once."""
AHEAD = 4
"""How many chunks a process may be ahead of whoever takes the results, so that these do not pile up."""

_work: Callable[[Any], Any]


def in_order(items: Sequence[T], work: Callable[[T], R], *, processes: int | None = None) -> Iterator[R]:
    """Give the result for each item, in the order of the items. What ``work`` raises is raised here."""
    count = 1 if len(items) < MANY else processes or processors()
    if count < 2:
        yield from map(work, items)
    else:
        yield from _in_processes(items, work, count)


def processors() -> int:
    """Those that this process may use, where the system tells."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _in_processes(items: Sequence[T], work: Callable[[T], R], count: int) -> Iterator[R]:
    """Let processes work that are copies of this one: what they need is there already, and only results travel."""
    global _work  # noqa: PLW0603 - inherited by the copies; it need not be one that can be sent
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    _work = work
    gc.freeze()  # else each process copies and searches all that is there, again and again
    chunks = (items[first : first + CHUNK] for first in range(0, len(items), CHUNK))
    with ProcessPoolExecutor(count, mp_context=get_context("fork"), initializer=_collect_seldom) as pool:
        running = deque(pool.submit(_chunk, chunk) for chunk in islice(chunks, count * AHEAD))
        try:
            while running:
                results = running.popleft().result()
                running.extend(pool.submit(_chunk, chunk) for chunk in islice(chunks, 1))
                yield from results
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _collect_seldom() -> None:
    """Almost all that a plan needs is given back without the search for circles; it may run a hundred times less."""
    gc.set_threshold(70_000, 10, 10)


def _chunk(items: Sequence[Any]) -> list[Any]:
    return [_work(item) for item in items]
