"""Both clocks are read as if at one time, on a machine that is starved too."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from rollback_gov.commands.instant import now_of
from rollback_gov.commands.world import World
from rollback_gov.triggers.clock_set import set_by
from tests.execution.conftest import Hands


class Starved(Hands):
    """A machine on which nobody gets a turn for so many seconds behind each look at the clock on the wall."""

    def __init__(self, *pauses: float) -> None:
        super().__init__()
        self.pauses = list(pauses)

    def now(self) -> datetime:
        wall = super().now()
        self.sleep(self.pauses.pop(0) if self.pauses else 0.0)
        return wall


@pytest.mark.parametrize("pauses", [(), (0.05,), (5.0,), (0.2, 5.0), (5.0,) * 4])
def test_a_process_that_had_to_wait_between_two_looks_looks_again(pauses: tuple[float, ...]) -> None:
    world = World(person="ana", environ={}, clock=Hands())
    before, now = now_of(world), now_of(replace(world, clock=Starved(*pauses)))
    assert set_by(before, now) == 0
    assert now.wall - now.uptime == pytest.approx(before.wall - before.uptime, abs=0.1)
    assert now.boot == "this boot"


def test_after_five_looks_it_goes_on_with_what_there_is() -> None:
    clock = Starved(*[5.0] * 9)
    now_of(World(person="ana", environ={}, clock=clock))
    assert len(clock.pauses) == 4
