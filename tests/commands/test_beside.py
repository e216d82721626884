"""What is told beside a run: everything in the end, nothing twice, and nobody waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event as Signal

import pytest

from rollback_gov.commands.beside import Beside
from rollback_gov.model.event import Event


def event(seq: int, type_: str = "phase.started") -> Event:
    return Event(seq=seq, at="", monotonic=0, type=type_, data={}, previous="")


def wait(condition: Callable[[], object]) -> None:
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.005)


def test_what_happens_while_it_tells_is_told_at_once_the_next_time() -> None:
    told: list[int] = []
    go_on = Signal()

    def tell(events: tuple[Event, ...]) -> None:
        told.append(len(events))
        go_on.wait(60)

    beside = Beside(tell, pause=0)
    beside.hear(event(1))
    wait(lambda: told)
    for number in range(2, 6):
        beside.hear(event(number))
    go_on.set()
    assert beside.close(60)
    assert told == [1, 5]


def test_the_last_of_it_is_told_at_the_end_without_a_pause() -> None:
    told: list[int] = []
    beside = Beside(lambda events: told.append(len(events)), pause=60)
    beside.hear(event(1))
    wait(lambda: told)
    beside.hear(event(2))
    beside.hear(event(3, "step.finished"))
    began = time.monotonic()
    assert beside.close(60)
    assert told == [1, 3]
    assert time.monotonic() - began < 30, "half of a pause"


def test_at_its_end_it_is_told_anew_also_where_nothing_more_has_happened() -> None:
    told: list[int] = []
    beside = Beside(lambda events: told.append(len(events)), pause=0)
    beside.hear(event(1))
    wait(lambda: told)
    assert beside.close(60)
    assert told == [1, 1], "how the run was left is no event"


def test_who_hears_nothing_that_matters_starts_nothing() -> None:
    told: list[int] = []
    beside = Beside(lambda events: told.append(len(events)), pause=0)
    beside.hear(event(1, "step.finished"))
    assert beside.close(0)
    assert told == []


def test_while_nothing_happens_it_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is woken by what happens, and does not look again and again whether something has."""
    waits: list[float | None] = []

    class Counted(Signal):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout)
            return super().wait(timeout)

    monkeypatch.setattr("rollback_gov.commands.beside.Signal", Counted)
    told: list[int] = []
    beside = Beside(lambda events: told.append(len(events)), pause=0)
    beside.hear(event(1))
    wait(lambda: told and waits[1:] == [0, None])
    time.sleep(0.2)
    assert waits == [None, 0, None]
    assert beside.close(60)
    assert waits == [None, 0, None], "and the last of it has no pause behind it"


def test_nobody_waits_for_a_teller_that_hangs() -> None:
    never = Signal()
    beside = Beside(lambda _: [never.wait(60)].clear(), pause=0)
    began = time.monotonic()
    for number in range(100):
        beside.hear(event(number))
    assert time.monotonic() - began < 30, "it hangs for longer"
    assert not beside.close(0.05)
    never.set()
