"""A watcher that is killed at any point of any tick and started again decides what it would have decided."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.triggers import watcher as watcher_module
from rollback_gov.triggers.clock_set import Instant
from rollback_gov.triggers.line import FIRST, Line
from rollback_gov.triggers.log import DecisionLog, open_log
from rollback_gov.triggers.parts import PART_BYTES, parts_of
from rollback_gov.triggers.reading import Reader
from rollback_gov.triggers.replay import replay
from rollback_gov.triggers.state import State
from rollback_gov.triggers.store import Memory, caught_up, load
from rollback_gov.triggers.tick import Rules, Tick
from rollback_gov.triggers.watcher import Record, Watcher
from tests.thoroughness import examples
from tests.triggers.conftest import plan_of

PLAN = plan_of(
    """
triggers:
  - {id: held, query: {source: prometheus, expr: m}, above: 1, for: 30s, every: 10s, max_gap: 1m}
  - {id: reset, query: {source: prometheus, expr: m}, above: 1, for: 20s, every: 10s, max_gap: 1m, unknown: reset}
  - {id: row, query: {source: prometheus, expr: m}, above: 1, count: 3, every: 10s, max_gap: 1m}
  - {id: window, query: {source: prometheus, expr: m}, above: 1, window: 1m, more_than: 2, every: 10s}
decision:
  - {action: investigate, any: [row, window], within: 40s, then: rollback}
  - {action: rollback, all: [held, reset]}
"""
)
RULES = Rules(triggers=PLAN.triggers, bands=PLAN.decision, every=PLAN.watch.every, mode="auto")
BEGIN, EVERY = 1000.0, 10.0
POINTS = (
    "before the reading",
    "within the line",
    "after the line",
    "within the state",
    "after the state",
    "before a part",
)
"""Where the killer strikes. Of the first two nothing is left, so the tick is taken by whoever comes next."""
SEEN: Mapping[str, Observation] = {
    "breach": Value(Decimal(5), 0.0),
    "ok": Value(Decimal(0), 0.0),
    "nothing": NoData("none"),
    "error": Error("?"),
}


class Killed(Exception):  # noqa: N818 - what happened
    """kill -9."""


class Book:
    """Gives what a series holds at a time."""

    def __init__(self, series: Sequence[str]) -> None:
        self.series = series

    def read(self, query: Query, at: float) -> Observation:
        seen = SEEN[self.series[round((at - BEGIN) / EVERY)]]
        return Value(seen.number, at) if isinstance(seen, Value) else seen

    def notes(self) -> tuple[str, ...]:
        return ()


@dataclass
class Killer:
    """Strikes once at each of these ticks, at its point."""

    kills: dict[int, str]

    def strikes(self, number: int, point: str) -> bool:
        if self.kills.get(number) != point:
            return False
        del self.kills[number]
        return True


class Mortal(Record):
    """A record whose process dies where the killer strikes."""

    def __init__(self, log: DecisionLog, state: Path, killer: Killer) -> None:
        super().__init__(log, state, say=pytest.fail)
        self.killer, self.number, self.path = killer, 0, log.path

    def write(self, kind: str, data: dict[str, object], *, at: float) -> bool:
        if kind == "continued" and self.killer.strikes(self.number, POINTS[5]):
            raise Killed(self.number)
        if kind == "tick" and self.killer.strikes(self.number, POINTS[1]):
            with parts_of(self.path)[-1].open("a") as file:
                file.write('{"at":"19')
            raise Killed(self.number)
        written = super().write(kind, data, at=at)
        if kind == "tick" and self.killer.strikes(self.number, POINTS[2]):
            raise Killed(self.number)
        return written

    def remember(self, rules: Rules, memory: Memory, *, at: float, clock: Instant | None = None) -> None:
        if self.killer.strikes(self.number, POINTS[3]):
            self.state.with_name(f".{self.state.name}.part").write_text("{")
            raise Killed(self.number)
        super().remember(rules, memory, at=at, clock=clock)


def lives(folder: Path, series: Sequence[str], killer: Killer, begin: int, most: int) -> Iterator[Tick]:
    """One life of a watcher, from a tick on to the end of the series or its violent death."""
    log, state = open_log(folder, most=most)
    memory = load(state, RULES, at=moment(begin))
    memory = caught_up(memory, log.ticks_after(memory.at))
    whole = {trigger.id: memory.states.get(trigger.id, State()) for trigger in RULES.triggers}
    record = Mortal(log, state, killer)
    with closing(record), closing(Reader(Book(series), RULES.every)) as reader:
        record.number = -1
        record.remember(RULES, replace(memory, states=whole), at=moment(begin))
        about = {"operation": "op-7", "environment": "p", "done": []}
        record.started(RULES, memory.states, about, at=moment(begin))
        watcher = Watcher(RULES, reader, memory=memory, now=moment(begin))
        for number in range(begin, len(series)):
            record.number = number
            if killer.strikes(number, POINTS[0]):
                raise Killed(number)
            done = watcher.tick(moment(number)).tick
            record.ticked(done, RULES, frozenset())
            if killer.strikes(number, POINTS[4]):
                raise Killed(number)
            yield done


def moment(number: int) -> float:
    return BEGIN + number * EVERY


def left(folder: Path, number: int) -> Memory:
    """What whoever comes next takes over."""
    log, state = open_log(folder)
    log.close()
    memory = load(state, RULES, at=moment(number))
    return caught_up(memory, log.ticks_after(memory.at))


def decisions(
    folder: Path, series: Sequence[str], kills: dict[int, str], most: int = PART_BYTES
) -> tuple[list[object], Memory]:
    """What is decided at every tick, over as many lives as it takes, and the state at the end."""
    killer, seen, begin = Killer(dict(kills)), dict[int, object](), 0
    while begin < len(series):
        try:
            for done in lives(folder, series, killer, begin, most):
                begin = round((done.at - BEGIN) / EVERY) + 1
                seen[begin - 1] = done.decision
        except Killed as killed:
            number = int(killed.args[0])
            begin = number if kills[number] in POINTS[:2] else number + 1
            killer.kills.pop(number, None)
    told = [seen.get(number) for number in range(len(series)) if number not in kills]
    return told, left(folder, len(series))


@contextmanager
def folder() -> Iterator[Path]:
    """A folder in memory, where there is one: hundreds of syncs would be a test of the disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as place:
        yield Path(place)


SERIES = st.lists(st.sampled_from(list(SEEN)), min_size=1, max_size=14)
KILLS = st.dictionaries(st.integers(0, 13), st.sampled_from(POINTS), max_size=6)


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(series=SERIES, kills=KILLS, most=st.sampled_from([PART_BYTES, 5000, 1]))
def test_the_same_is_decided_at_every_tick(series: list[str], kills: dict[int, str], most: int) -> None:
    chosen = {number: point for number, point in kills.items() if number < len(series)}
    with folder() as one, folder() as other:
        killed, memory = decisions(one, series, chosen, most)
        unharmed, wanted = decisions(other, series, {})
        assert killed == [decision for number, decision in enumerate(unharmed) if number not in chosen]
        assert memory == wanted
        parts = [part.read_text().splitlines() for part in parts_of(one / "decision.jsonl")]
        for first in range(len(parts)):
            lines = [line for part in parts[first:] for line in part]
            assert list(replay(lines, PLAN)) == lines, "from any of its parts"


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("number", [0, 2, 3])
def test_the_tick_that_would_have_fired_is_not_lost(tmp_path: Path, point: str, number: int) -> None:
    _, memory = decisions(tmp_path, ["breach"] * 4, {number: point})
    assert {name: state.fired_at for name, state in memory.states.items()} == {
        "held": 1_030_000,
        "reset": 1_020_000,
        "row": 1_020_000,
        "window": 1_020_000,
    }


def test_a_line_of_a_trigger_that_has_changed_since_is_not_taken_over(tmp_path: Path) -> None:
    decisions(tmp_path, ["breach"] * 2, {1: "after the line"})
    log, state = open_log(tmp_path)
    log.close()
    changed = replace(RULES, triggers=(replace(RULES.triggers[0], max_gap=None), *RULES.triggers[1:]))
    memory = caught_up(load(state, changed, at=moment(1)), log.ticks_after(0.0))
    assert set(memory.states) == {"reset", "row", "window"}


@pytest.mark.parametrize("line", ["nonsense", "{}"])
def test_a_last_line_that_is_no_line_is_left_to_replay(tmp_path: Path, line: str) -> None:
    (tmp_path / "decision.jsonl").write_text(line + "\n")
    log, _ = open_log(tmp_path)
    log.close()
    assert log.ticks_after(0.0) == ()


@pytest.mark.parametrize(
    "data",
    [{"triggers": {"held": {}}}, {"triggers": {}, "clock_set": float("inf")}, {"triggers": {}, "clock_set": "1h"}],
)
def test_a_tick_that_cannot_be_read_is_left_where_it_is(data: Mapping[str, object]) -> None:
    memory = Memory(states={"held": State()})
    strange = Line(seq=1, at=5.0, type="tick", data=data, previous=FIRST)
    assert caught_up(memory, [strange]) is memory


@pytest.fixture(autouse=True)
def _states_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """The state is written at every third tick."""
    monkeypatch.setattr(watcher_module, "STATE_SECONDS", 2.5 * EVERY)
