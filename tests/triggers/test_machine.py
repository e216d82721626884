"""The machines: when a trigger fires, and above all when it does not."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.model.duration import Duration
from rollback_gov.triggers.condition import Verdict
from rollback_gov.triggers.machine import (
    ConsecutiveMachine,
    DurationMachine,
    Machine,
    WindowMachine,
    machine_of,
    rearmed,
    step,
)
from rollback_gov.triggers.state import Reading, State, Status, from_document, to_document
from tests.triggers.conftest import trigger_of

B, O, U = Verdict.BREACH, Verdict.OK, Verdict.UNKNOWN  # noqa: E741 - three letters that line up
EVERY = Duration(10_000)


def run(machine: Machine, verdicts: str, *, every: float = 10.0, state: State | None = None, at: float = 0.0) -> State:
    """Step through verdicts, written as letters: B breach, o fine, ? unknown, - no tick at all."""
    state = state or State()
    for letter in verdicts:
        if letter != "-":
            state = step(machine, state, Reading(verdict={"B": B, "o": O, "?": U}[letter], sample=at + 1), at)
        at += every
    return state


def duration(keys: str = "above: 1, for: 30s") -> Machine:
    return machine_of(trigger_of(keys), EVERY)


class TestDuration:
    """``for``: the condition holds for a time."""

    @pytest.mark.parametrize(
        ("verdicts", "status", "held"),
        [
            ("", Status.IDLE, 0),
            ("o", Status.IDLE, 0),
            ("B", Status.PENDING, 0),
            ("BB", Status.PENDING, 10),
            ("BBB", Status.PENDING, 20),
            ("BBBB", Status.FIRED, 30),
            ("BBBo", Status.IDLE, 0),
            ("BBBoBBB", Status.PENDING, 20),
            ("BBBoBBBB", Status.FIRED, 30),
            ("BB?", Status.PENDING, 10),
            ("BB?BB?B", Status.PENDING, 20),
            ("BB?BB?BB", Status.FIRED, 30),
            ("B?B?B?B?B?B?B", Status.PENDING, 0),
            ("??????????", Status.IDLE, 0),
            ("B?????????", Status.PENDING, 0),
        ],
    )
    def test_only_time_between_two_breaches_counts(self, verdicts: str, status: Status, held: int) -> None:
        state = run(duration(), verdicts)
        assert (state.status, state.held) == (status, held * 1000)

    def test_with_reset_what_is_unknown_starts_it_anew(self) -> None:
        machine = duration("above: 1, for: 30s, unknown: reset")
        assert run(machine, "BBB?BBB").status is Status.PENDING
        assert run(machine, "BBB?").status is Status.IDLE
        assert run(machine, "BBB?BBBB").status is Status.FIRED

    def test_without_a_time_the_first_breach_fires(self) -> None:
        assert run(duration("above: 1"), "oB").status is Status.FIRED

    def test_a_watcher_that_was_away_for_long_starts_anew_and_says_so(self) -> None:
        state = run(duration(), "BBB---B")
        assert (state.status, state.held) == (Status.PENDING, 0)
        assert state.note == "starts anew: nobody looked for 40s"
        assert state.first_breach == 60_000

    def test_a_watcher_that_was_away_for_a_moment_counts_one_interval(self) -> None:
        assert run(duration(), "BB--B").held == 20_000
        assert run(duration(), "BB--BB").status is Status.FIRED

    def test_the_longest_gap_can_be_set(self) -> None:
        assert run(duration("above: 1, for: 30s, max_gap: 10s"), "BB-B").held == 0
        assert run(duration("above: 1, for: 30s, max_gap: 5m"), "BB--------B").held == 20_000

    def test_after_a_gap_nothing_is_said_where_nothing_was_pending(self) -> None:
        assert run(duration(), "oo---------o").note == ""

    def test_a_clock_that_goes_back_adds_nothing(self) -> None:
        state = run(duration(), "BB")
        assert step(duration(), state, Reading(verdict=B), 5.0).held == 10_000
        assert step(duration(), state, Reading(verdict=B), 10.0).held == 10_000

    def test_it_remembers_the_first_breach_and_with_what_it_fired(self) -> None:
        state = run(duration(), "oBBBB")
        state = step(duration(), state, Reading(verdict=B, value="9", reason="9 is above 1"), 50.0)
        assert (state.first_breach, state.fired_at) == (10_000, 40_000)
        fired = step(duration("above: 1"), State(), Reading(verdict=B, value="9", reason="9 is above 1"), 50.0)
        assert (fired.value, fired.reason) == ("9", "9 is above 1")


class TestConsecutive:
    """``count``: so many new samples in a row."""

    @pytest.mark.parametrize(
        ("verdicts", "status", "count"),
        [
            ("B", Status.PENDING, 1),
            ("BB", Status.PENDING, 2),
            ("BBB", Status.FIRED, 3),
            ("BBoBB", Status.PENDING, 2),
            ("B?B?B", Status.FIRED, 3),
            ("???", Status.IDLE, 0),
            ("BB----B", Status.PENDING, 1),
        ],
    )
    def test_the_nth_breach_fires(self, verdicts: str, status: Status, count: int) -> None:
        state = run(duration("below: 1, count: 3"), verdicts)
        assert (state.status, state.count) == (status, count)

    def test_with_reset_what_is_unknown_starts_it_anew(self) -> None:
        assert run(duration("below: 1, count: 3, unknown: reset"), "BB?BB").status is Status.PENDING

    def test_polling_faster_than_the_metric_is_sampled_counts_each_sample_once(self) -> None:
        machine, state = duration("below: 1, count: 3"), State()
        for at, sample in [(0, 100.0), (10, 100.0), (20, 100.0), (30, 115.0), (40, 115.0)]:
            state = step(machine, state, Reading(verdict=B, sample=sample), float(at))
        assert (state.status, state.count) == (Status.PENDING, 2)
        assert step(machine, state, Reading(verdict=B, sample=130.0), 50.0).status is Status.FIRED

    def test_a_sample_of_before_does_not_count_again_after_a_gap(self) -> None:
        machine = duration("below: 1, count: 2")
        state = step(machine, State(), Reading(verdict=B, sample=100.0), 0.0)
        state = step(machine, state, Reading(verdict=B, sample=100.0), 100.0)
        assert (state.status, state.count) == (Status.IDLE, 0)

    def test_two_servers_that_take_turns_do_not_count_twice(self) -> None:
        machine, state = duration("below: 1, count: 3"), State()
        for at, sample in enumerate([100.0, 99.0, 100.0, 99.0]):
            state = step(machine, state, Reading(verdict=B, sample=sample), float(at))
        assert state.count == 1

    def test_a_metrics_clock_that_was_set_back_does_not_make_it_deaf(self) -> None:
        machine, state = duration("below: 1, count: 2"), State()
        for at, sample in enumerate([10_000.0, 9_000.0]):
            state = step(machine, state, Reading(verdict=B, sample=sample), float(at))
        assert state.status is Status.FIRED

    def test_a_sample_without_a_time_is_taken_for_new(self) -> None:
        machine, state = duration("below: 1, count: 2"), State()
        for at in (0.0, 10.0):
            state = step(machine, state, Reading(verdict=B), at)
        assert state.status is Status.FIRED


class TestWindow:
    """``window`` and ``more_than``: events that are counted."""

    @pytest.mark.parametrize(
        ("verdicts", "status", "hits"),
        [
            ("B", Status.PENDING, 1),
            ("BoB", Status.PENDING, 2),
            ("BoBoB", Status.FIRED, 3),
            ("BBooooBo", Status.PENDING, 1),
            ("BB?B", Status.FIRED, 3),
            ("Boooooo", Status.IDLE, 0),
            ("B-----", Status.PENDING, 1),
            ("????", Status.IDLE, 0),
        ],
    )
    def test_more_than_so_many_breaches_fire(self, verdicts: str, status: Status, hits: int) -> None:
        state = run(duration("above: 0, window: 1m, more_than: 2"), verdicts)
        assert (state.status, len(state.hits)) == (status, hits)

    def test_the_first_event_of_all_can_fire(self) -> None:
        assert run(duration("above: 0, window: 5m, more_than: 0"), "oB").status is Status.FIRED

    def test_with_reset_what_is_unknown_forgets_the_events(self) -> None:
        assert run(duration("above: 0, window: 1m, more_than: 2, unknown: reset"), "BB?").hits == ()

    def test_one_sample_is_one_event(self) -> None:
        machine, state = duration("above: 0, window: 1m, more_than: 2"), State()
        for at in (0.0, 10.0, 20.0, 30.0):
            state = step(machine, state, Reading(verdict=B, sample=100.0), at)
        assert len(state.hits) == 1

    def test_breaches_of_a_time_that_has_not_come_yet_are_forgotten(self) -> None:
        machine, state = duration("above: 0, window: 1m, more_than: 2"), State()
        for at in (90_000.0, 90_010.0, 5_000.0):
            state = step(machine, state, Reading(verdict=B), at)
        assert (state.status, state.hits) == (Status.PENDING, (5_000_000,))


def test_a_trigger_chooses_its_machine() -> None:
    assert isinstance(duration("above: 1"), DurationMachine)
    assert isinstance(duration("above: 1, count: 3"), ConsecutiveMachine)
    assert isinstance(duration("above: 1, window: 1m, more_than: 3"), WindowMachine)
    assert duration("above: 1, for: 1m, every: 5s") == DurationMachine(holds=60_000, every=5_000, max_gap=15_000)


MACHINES: list[Machine] = [
    DurationMachine(holds=30_000, every=10_000, max_gap=30_000),
    DurationMachine(holds=30_000, every=10_000, max_gap=30_000, unknown="reset"),
    DurationMachine(holds=0, every=10_000, max_gap=30_000),
    ConsecutiveMachine(count=3, max_gap=30_000),
    ConsecutiveMachine(count=2, max_gap=30_000, unknown="reset"),
    WindowMachine(window=60_000, more_than=2),
    WindowMachine(window=60_000, more_than=2, unknown="reset"),
]
TICKS = st.lists(
    st.tuples(st.sampled_from([B, O, U]), st.sampled_from([10, 10, 10, 11, 20, 30, 31, 45]), st.integers(0, 3)),
    max_size=40,
)


def histories(ticks: list[tuple[Verdict, int, int]]) -> list[tuple[float, Reading]]:
    """Turn (verdict, seconds since the tick before, samples since the tick before) into readings at times."""
    at, sample, made = 0.0, 1000.0, []
    for verdict, seconds, samples in ticks:
        at, sample = at + seconds, sample + samples
        made.append((at, Reading(verdict=verdict, sample=sample)))
    return made


def follow(machine: Machine, readings: list[tuple[float, Reading]], state: State | None = None) -> list[State]:
    states = [state or State()]
    for at, reading in readings:
        states.append(step(machine, states[-1], reading, at))
    return states[1:]


@given(st.sampled_from(MACHINES), TICKS)
def test_a_trigger_that_fired_stays_fired_and_so_does_its_reason(machine: Machine, ticks: list[Any]) -> None:
    states = follow(machine, histories(ticks))
    fired = [state for state in states if state.status is Status.FIRED]
    assert fired == states[len(states) - len(fired) :]
    assert len({(state.fired_at, state.first_breach, state.reason) for state in fired}) <= 1


@given(st.sampled_from(MACHINES), TICKS)
def test_what_is_unknown_never_fires_alone(machine: Machine, ticks: list[Any]) -> None:
    before = State()
    for at, reading in histories(ticks):
        after = step(machine, before, reading, at)
        if reading.verdict is not B:
            assert after.status is not Status.FIRED or before.status is Status.FIRED
        before = after


@given(st.sampled_from(MACHINES), TICKS, st.data())
def test_a_restart_between_two_ticks_changes_nothing(machine: Machine, ticks: list[Any], data: st.DataObject) -> None:
    readings = histories(ticks)
    cut = data.draw(st.integers(0, len(readings)))
    before = follow(machine, readings[:cut])
    saved = json.loads(json.dumps(to_document(before[-1] if before else State())))
    assert before + follow(machine, readings[cut:], from_document(saved)) == follow(machine, readings)


@given(TICKS)
def test_it_never_fires_with_less_breaching_time_than_asked_for(ticks: list[Any]) -> None:
    machine = DurationMachine(holds=30_000, every=10_000, max_gap=30_000)
    readings = histories(ticks)
    for number, state in enumerate(follow(machine, readings)):
        if state.status is Status.FIRED:
            since = [reading for reading in readings[: number + 1] if reading[0] * 1000 >= (state.first_breach or 0)]
            assert all(reading.verdict is not O for _, reading in since)
            pairs = pairwise(since)
            known = sum(new[0] - old[0] for old, new in pairs if old[1].verdict is B and new[1].verdict is B)
            assert known >= 30
            break


@given(TICKS)
def test_consecutive_breaches_are_different_samples(ticks: list[Any]) -> None:
    machine = ConsecutiveMachine(count=3, max_gap=30_000)
    readings = histories(ticks)
    for number, state in enumerate(follow(machine, readings)):
        if state.status is Status.FIRED:
            breaches = {reading.sample for _, reading in readings[: number + 1] if reading.verdict is B}
            assert len(breaches) >= 3
            break


@given(TICKS)
def test_a_steady_breach_fires_after_its_time_whatever_came_before(ticks: list[Any]) -> None:
    machine = DurationMachine(holds=30_000, every=10_000, max_gap=30_000)
    readings = histories(ticks)
    end = readings[-1][0] if readings else 0.0
    steady = [(end + 10 * number, Reading(verdict=B, sample=5000.0 + number)) for number in range(1, 5)]
    assert follow(machine, readings + steady)[-1].status is Status.FIRED


@given(st.sampled_from(MACHINES), TICKS)
def test_the_same_history_gives_the_same_states(machine: Machine, ticks: list[Any]) -> None:
    assert follow(machine, histories(ticks)) == follow(machine, histories(ticks))


class TestRearmed:
    """What fired and is over can fire again, for whoever looks back."""

    def test_what_is_fine_again_begins_anew_and_knows_its_newest_sample(self) -> None:
        state = rearmed(duration(), run(duration(), "BBBBo"))
        assert (state.status, state.verdict, state.last, state.sample) == (Status.IDLE, O, 40_000, 0.0)
        assert (state.held, state.fired_at, state.first_breach, state.reason, state.recovered) == (
            0,
            None,
            None,
            "",
            False,
        )
        counts = duration("below: 1, count: 2")
        counted = rearmed(counts, run(counts, "BBo"))
        assert (counted.status, counted.count, counted.sample) == (Status.IDLE, 0, 11.0)

    def test_what_breaches_still_stays_fired(self) -> None:
        fired = run(duration(), "BBBBB")
        assert rearmed(duration(), fired) is fired

    def test_what_is_unknown_is_over_only_where_it_resets(self) -> None:
        fired = run(duration(), "BBBB?")
        assert rearmed(duration(), fired) is fired
        resets = duration("above: 1, for: 30s, unknown: reset")
        assert rearmed(resets, run(resets, "BBBB?")).status is Status.IDLE

    def test_what_has_not_fired_is_left_alone(self) -> None:
        pending = run(duration(), "BB")
        assert rearmed(duration(), pending) is pending
