"""How the time of computing grows with what is computed, measured so that a busy machine is no defect.

A machine is slow for a while and then fast again; whoever measures one size after the other may meet it slow for one of
them alone. So both are measured in turns, and the least of each counts: nothing makes computing faster than it is.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 8
"""How often it is measured before it is given up on."""
SHORTEST = 0.0002
"""Seconds below which a measurement says more about the machine than about what was computed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """The least seconds for a little and for a lot, which is ``times`` as much."""

    times: int
    little: float
    lot: float

    @property
    def is_tame(self) -> bool:
        """It is nearer to a straight line than to a square.

        Of 16 times as much, a line takes 16 times as long, a square 256 times; between them, at 64 times, is the
        limit. Either has to be measured wrong by a factor of four to be taken for the other.
        """
        return self.lot <= math.sqrt(self.times) * self.times * max(self.little, SHORTEST)

    def __str__(self) -> str:
        return f"{self.times:g} times as much: {self.lot:.4f} s instead of {self.little:.4f} s"


def growth(measure: Callable[[int], float], lot: int, *, times: int = 16) -> Growth:
    """Measure what takes a size and gives seconds, for a lot and for a part of it, until it is tame or given up on.

    The small size is measured before and after the large one: it is the cheap one, and if it seemed to take long,
    a square would look like a line.
    """
    few = many = float("inf")
    for _ in range(ROUNDS):
        few = min(few, measure(lot // times))
        many = min(many, measure(lot))
        few = min(few, measure(lot // times))
        found = Growth(times=times, little=few, lot=many)
        if found.is_tame:
            break
    return found


def takes_no_square(measure: Callable[[int], float], lot: int, *, times: int = 16) -> None:
    """Fail where the time grows rather like the square of the size."""
    found = growth(measure, lot, times=times)
    assert found.is_tame, found


def seconds(act: Callable[[], object]) -> float:
    """Give the seconds of computing that something takes, without the search for garbage.

    How often that is begun, and how much it has to look through, depends on all that was done before.
    """
    gc.collect()
    gc.disable()
    try:
        began = time.process_time()
        act()
        return time.process_time() - began
    finally:
        gc.enable()
