from __future__ import annotations

from datetime import timedelta

import pytest

from rollback_gov.execution.clock import stamp
from rollback_gov.execution.itinerary import Leg
from rollback_gov.execution.sla import Stopwatch, human, projected
from rollback_gov.model.duration import Duration
from rollback_gov.model.event import Event
from rollback_gov.model.step import Phase
from tests.execution.conftest import Hands


def begun(clock: Hands, *, decided: float = 0.0) -> list[Event]:
    """The first line of a journal, written now, so many seconds after the decision."""
    data = {"boot": clock.boot, "decided_at": stamp(clock.now() - timedelta(seconds=decided))}
    at, steady = stamp(clock.now()), clock.monotonic()
    return [Event(seq=1, at=at, monotonic=steady, type="run.started", data=data, previous="")]


def test_the_watch_runs_since_the_decision_over_processes() -> None:
    clock = Hands()
    events = begun(clock, decided=90)
    clock.sleep(30)
    watch = Stopwatch.of(events, clock)
    assert watch.elapsed == 120
    clock.sleep(5)
    assert watch.elapsed == 125


def test_a_wall_clock_that_jumps_does_not_move_the_watch_of_this_process() -> None:
    clock = Hands()
    watch = Stopwatch.of(begun(clock), clock)
    clock.sleep(5)
    clock.wall -= timedelta(hours=2)
    assert watch.elapsed == 5
    clock.wall += timedelta(days=1)
    assert watch.elapsed == 5


def test_a_decision_in_the_future_counts_from_now() -> None:
    clock = Hands()
    assert Stopwatch.of(begun(clock, decided=-300), clock).elapsed == 0


def test_the_projected_end_is_what_has_passed_and_what_is_to_come() -> None:
    legs = [
        Leg(path=name, phase=Phase(id=name, budget=Duration(budget)), ways=())
        for name, budget in (("a", 60_000), ("b", 500))
    ]
    legs.append(Leg(path="c", phase=Phase(id="c"), ways=()))
    assert projected(10, legs, 30) == 100.5
    assert projected(10, [], 0) == 10


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0.0s"), (12.34, "12.3s"), (59.94, "59.9s"), (60, "1m"), (270.4, "4m30s"), (3600, "1h")]
)
def test_seconds_for_people(seconds: float, text: str) -> None:
    assert human(seconds) == text
