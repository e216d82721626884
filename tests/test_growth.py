"""The measure itself: what grows like a square fails, whatever the machine does; what does not passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import ROUNDS, SHORTEST, Growth, growth, seconds, takes_no_square

LOT = 16_000
MEASURED = 3 * ROUNDS


def on_a_machine(slowness: list[float], work: Callable[[int], float]) -> Callable[[int], float]:
    """Measure work on a machine that is so many times slower each time that somebody looks."""
    phases: Iterator[float] = iter(slowness)
    return lambda size: work(size) * next(phases)


def line(size: int) -> float:
    return size * 1e-5


def square(size: int) -> float:
    return size**2 * 1e-8


@given(st.lists(st.floats(1, 3.9), min_size=MEASURED, max_size=MEASURED))
def test_a_square_fails_on_a_machine_that_is_slow_now_and_then(slowness: list[float]) -> None:
    with pytest.raises(AssertionError, match="16 times as much"):
        takes_no_square(on_a_machine(slowness, square), LOT)


@given(
    st.lists(st.floats(1, 50), min_size=MEASURED, max_size=MEASURED),
    st.integers(0, ROUNDS - 1),
    st.floats(1, 3.9),
)
def test_a_line_passes_where_the_machine_is_quiet_once(slowness: list[float], when: int, quiet: float) -> None:
    slowness[3 * when + 1] = quiet
    takes_no_square(on_a_machine(slowness, line), LOT)


def test_it_is_measured_no_longer_than_it_has_to_be() -> None:
    sizes: list[int] = []

    def measure(size: int) -> float:
        sizes.append(size)
        return line(size)

    assert growth(measure, LOT) == Growth(times=16, little=line(1_000), lot=line(LOT))
    assert sizes == [1_000, LOT, 1_000]


def test_what_is_over_at_once_is_not_judged_by_chance() -> None:
    takes_no_square(lambda size: SHORTEST / 1e6 if size < LOT else SHORTEST, LOT)


def lines_by_counting(size: int) -> int:
    """As a parser does that counts the lines before each place."""
    text = "a\n" * size
    return sum(text.count("\n", 0, place) for place in range(0, len(text), 2))


def lines_by_splitting(size: int) -> int:
    return sum(len(line) for line in ("a\n" * 20 * size).splitlines())


@pytest.mark.parametrize(("work", "is_tame"), [(lines_by_counting, False), (lines_by_splitting, True)])
def test_real_computing_is_told_apart(work: Callable[[int], int], is_tame: bool) -> None:
    assert growth(lambda size: seconds(partial(work, size)), 8_000).is_tame == is_tame
