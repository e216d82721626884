"""A watch on a machine that sleeps, whose clock is set, that is starved, or that hides which boot this is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from rollback_gov.commands.watched import Listener
from rollback_gov.execution.clock import SystemClock
from rollback_gov.triggers.line import Line
from tests.commands.test_watch import ERRORS, FAST, Stage
from tests.sources.web import serve

HOURS = 8 * 3600.0
OBSERVED = FAST.replace("auto", "observe")
WINDOW = "{id: errors, query: {source: http, endpoint: api, path: /errors}, above: 1%, window: 1m, more_than: 3}"


class Moved(SystemClock):
    """The machine's clocks, moved by so many seconds; nobody has to wait for that."""

    wall = up = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.wall)

    def uptime(self) -> float:
        return super().uptime() + self.up


class Starved(Moved):
    """A machine that gets no turn for two seconds behind every second look at the clock on the wall."""

    looks = 0

    def now(self) -> datetime:
        now = super().now()
        self.looks += 1
        if self.looks % 2:
            self.wall, self.up = self.wall + 2, self.up + 2
        return now


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with serve() as web:
        web.text("/errors", "0.05")
        yield Stage(tmp_path, web)


def stop_at(stage: Stage, tick: int, *, at: int = 0, **moves: float) -> Listener:
    """Stop a watch after so many ticks; at the one before, its clock moves, as soon as its line is written."""
    ticks: list[Line] = []

    def logged(line: Line) -> None:
        if line.type == "tick":
            ticks.append(line)
            if len(ticks) == at:
                vars(stage.clock).update(moves)

    def ticked(_: object) -> None:
        if len(ticks) == tick:
            stage.stop.signal = "SIGTERM"

    return Listener(logged=logged, ticked=ticked)


@pytest.mark.parametrize(("up", "fired", "told"), [(HOURS, (), False), (0.0, ("errors",), True)])
def test_a_night_that_the_machine_slept_is_no_clock_that_was_set(
    stage: Stage, up: float, fired: tuple[str, ...], told: bool
) -> None:
    """Two breaches before it and two behind it are not four within a minute, unless somebody set the clock."""
    stage.plan(WINDOW, more=OBSERVED)
    stage.clock = Moved()
    result = stage.watch(listener=stop_at(stage, 4, at=2, wall=HOURS, up=up))
    assert result.fired == fired
    assert any('"clock_set"' in line for line in stage.log()) == told
    assert any("the clock was set on by 8h" in line for line in stage.talk.lines) == told


def test_a_state_of_before_the_night_is_too_old(stage: Stage) -> None:
    stage.plan(WINDOW, more=OBSERVED)
    stage.clock = clock = Moved()
    stage.watch(once=True)
    clock.wall = clock.up = HOURS
    stage.watch(once=True)
    assert any("is 480 minutes old; the watch begins anew" in line for line in stage.talk.lines)


def test_a_state_is_kept_with_the_clock_of_its_tick(stage: Stage) -> None:
    """Somebody sets the clock behind the last tick, and before the state is written."""
    stage.plan(WINDOW.replace("more_than: 3", "more_than: 1"), more=OBSERVED)
    stage.clock = Moved()
    assert stage.watch(once=True, listener=stop_at(stage, 9, at=1, wall=HOURS)).fired == ()
    kept = json.loads((stage.folder / "state.json").read_text())
    last = kept["states"]["errors"]["state"]["last"] / 1000
    assert kept["clock"]["wall"] == pytest.approx(last, abs=60)
    assert kept["at"] == pytest.approx(last, abs=60)
    result = stage.watch(once=True)
    assert "the clock was set on by 8h; what is remembered moves with it" in stage.talk.lines
    assert result.fired == ("errors",), "one before and one behind"


def test_a_starved_machine_sets_no_clock(stage: Stage) -> None:
    stage.plan(WINDOW.replace("more_than: 3", "more_than: 90"), more=OBSERVED)
    stage.clock = Starved()
    assert stage.watch(listener=stop_at(stage, 5)).ticks >= 5
    assert not any('"clock_set"' in line for line in stage.log())


@pytest.mark.usefixtures("hidden_boot")
def test_a_hidden_boot_stops_no_rollback(stage: Stage) -> None:
    stage.plan(ERRORS)
    assert stage.watch().text == "rolled back: passed"
    assert len(stage.ran) == 1
