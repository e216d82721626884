"""When which trigger is due."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.triggers.grid import Due, Grid


def test_every_trigger_is_due_at_the_start_and_then_at_its_own_interval() -> None:
    grid = Grid({"fast": 10, "slow": 25}, 1000)
    seen = []
    for _ in range(6):
        seen.append(grid.take(grid.next))
    assert seen == [
        Due(1000, ("fast", "slow")),
        Due(1010, ("fast",)),
        Due(1020, ("fast",)),
        Due(1025, ("slow",)),
        Due(1030, ("fast",)),
        Due(1040, ("fast",)),
    ]


def test_a_grid_stands_where_it_was_asked_for_on_the_clock() -> None:
    grid = Grid({"fast": 10, "slow": 20}, 1001, align=3)
    assert [grid.take(grid.next) for _ in range(3)] == [
        Due(1003, ("fast", "slow")),
        Due(1013, ("fast",)),
        Due(1023, ("fast", "slow")),
    ]
    assert grid.take(1049) == Due(1043, ("fast", "slow"), missed=1)
    grid.begin(506)
    assert grid.next == 513


def test_a_watch_that_begins_on_its_grid_reads_at_once() -> None:
    assert Grid({"a": 10}, 1003, align=3).next == 1003


def test_a_tick_that_is_late_keeps_to_the_grid() -> None:
    grid = Grid({"a": 10}, 1000)
    assert grid.take(1000).at == 1000
    assert grid.take(1013) == Due(1010, ("a",))
    assert grid.next == 1020


def test_points_that_were_missed_are_counted_and_not_made_up_for() -> None:
    grid = Grid({"a": 10, "b": 20}, 1000)
    grid.take(1000)
    assert grid.take(1047) == Due(1040, ("a", "b"), missed=3 + 1)
    assert grid.next == 1050


def test_it_can_begin_anew() -> None:
    grid = Grid({"a": 10}, 1000)
    grid.take(1000)
    grid.begin(500)
    assert grid.take(500) == Due(500, ("a",))
    assert grid.next == 510


@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(1, 50), min_size=1),
    st.lists(st.integers(0, 200), max_size=20),
)
def test_ticks_are_on_the_grid_and_go_forward(intervals: dict[str, int], delays: list[int]) -> None:
    grid, last = Grid(intervals, 0), -1
    for delay in delays:
        due = grid.take(grid.next + delay)
        assert due.at > last
        assert any(due.at % intervals[name] == 0 for name in due.triggers)
        assert grid.next > due.at
        last = due.at
