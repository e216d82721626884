"""Times at even distances."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.sources.span import Span


def test_between_two_times_are_the_multiples_of_the_step() -> None:
    assert list(Span.between(1_000, 61_000, 30_000).times) == [30_000, 60_000]
    assert list(Span.between(30_000, 60_000, 30_000).times) == [30_000, 60_000]
    assert Span.between(31_000, 59_000, 30_000).count == 0


@given(st.integers(0, 10**13), st.integers(0, 10**6), st.integers(1, 10**5), st.integers(1, 500))
def test_pieces_are_the_whole(begins: int, length: int, step: int, longest: int) -> None:
    span = Span.between(begins, begins + length, max(step, length // 2000 + 1))
    pieces = list(span.pieces(longest))
    assert [time for piece in pieces for time in piece.times] == list(span.times)
    assert all(0 < piece.count <= longest for piece in pieces)
    assert all(begins <= time <= begins + length and time % span.step == 0 for time in span.times)
